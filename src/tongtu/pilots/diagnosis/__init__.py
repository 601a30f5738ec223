"""What holds weak public platforms back, and the cheapest plan that lifts each (激活一批).

facts     what is known of a platform that may hold it back
near      its nearest better peers: a direction shared, similar size, used well
binding   each factor beside the peers' median: staff, equipment, opening, price, listing, demand
measures  options  towards  cheapest   what can be done, in levels, and the exact cheapest choice
people    whom to ask where staff is short
"""

from tongtu.pilots.diagnosis.diagnose import Diagnosis, diagnose
from tongtu.pilots.diagnosis.measures import Activation, activation_of, read_activation

__all__ = ["Activation", "Diagnosis", "activation_of", "diagnose", "read_activation"]
