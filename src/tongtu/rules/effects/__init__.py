"""What a title does: research, patents and sales of firms that got it, against firms that just failed to.

Firms with a title differ from others in all that earned it to them, so comparing the two says nothing. But where
the law puts a threshold on a figure, firms just above and just below it are alike, and only the title sets them
apart: a regression discontinuity (Thistlethwaite & Campbell 1960; Lee & Lemieux 2010). Passing the threshold is
not getting the title, since other conditions and people decide too, so the jump in the outcome is divided by the
jump in the share of firms with the title: the fuzzy design (Hahn, Todd & van der Klaauw 2001).

    cutoffs     thresholds of the law that can serve, and other law at the same place
    sample      firms by round of awards: distance from the cutoff, title, outcomes before and after
    local       local polynomials, bandwidth, clustered errors
    ratio       effect per title gained, with its interval
    bunching    are firms moved over the cutoff?
    estimates   one outcome, its checks included
    reporting   frames and sentences
    study       `effect`

What would make it wrong is looked for and said: firms that bunch above the cutoff, a threshold on which the title does
not jump, firms that parted before the title, records that go missing on one side, other rules at the same figure,
firms below that get the title later. Where the data cannot tell, the verdict says so, and there is no estimate.

Abadie 2002 JASA 97:284 · Calonico, Cattaneo & Farrell 2020 Econometrics J 23:192 · Calonico, Cattaneo & Titiunik
2014 Econometrica 82:2295 · Cattaneo, Idrobo & Titiunik 2020 A Practical Introduction to Regression Discontinuity
Designs · Cattaneo, Jansson & Ma 2020 JASA 115:1449 · Cattaneo, Keele, Titiunik & Vazquez-Bare 2016 J Politics
78:1229 · Cattaneo, Titiunik & Vazquez-Bare 2017 J Policy Analysis and Management 36:643 · Cheng, Fan & Marron 1997
Annals of Statistics 25:1691 · Feir, Lemieux & Marmer 2016 J Business & Economic Statistics 34:185 · Fieller 1954
JRSS B 16:175 · Grembi, Nannicini & Troiano 2016 AEJ Applied 8(3):1 · Hahn, Todd & van der Klaauw 2001 Econometrica
69:201 · Imbens & Kalyanaraman 2012 Rev Econ Studies 79:933 · Lee & Card 2008 J Econometrics 142:655 · Lee & Lemieux
2010 J Econ Literature 48:281 · McCrary 2008 J Econometrics 142:698 · Roth 2022 AER: Insights 4:305
"""

from tongtu.rules.effects.study import OUTCOMES, Effect, effect

__all__ = ["OUTCOMES", "Effect", "effect"]
