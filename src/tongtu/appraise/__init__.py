"""What a case has proved, how far its supply is one's own, and who leads which kind of research.

`maturity` sets what is claimed beside what evidence supports, dimension by dimension, and gates the
whole by its weakest required link. `autonomy` carries the share of supply that is at home up the graph
of items and names the weakest path. `dual_tracks` counts who leads the projects of each research track.

No published formula exists for the first two: scale, caps and required dimensions are ours, stand in
`scale.toml`, and every reason says so. Inside: `scale` (that file), `standing` (claims and support),
`maturity`; `supply` (one item's suppliers), `graph` (the propagation), `autonomy`; `tracks`.
"""

from tongtu.appraise.autonomy import autonomy
from tongtu.appraise.maturity import maturity
from tongtu.appraise.tracks import dual_tracks

__all__ = ["autonomy", "dual_tracks", "maturity"]
