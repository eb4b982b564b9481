"""Identity resolution: who is who, by evidence that can be shown to people (R1).

`find` serves the conversation, `link` the import and the review of duplicates; the weights of both
are estimated without labels.
"""

from crm.profile.keys import index_customer, index_customers
from crm.profile.matching.customers import BUILT_IN, compare_people, judge
from crm.profile.matching.learning import learn
from crm.profile.matching.link import Pair, Settings, link
from crm.profile.matching.lookup import Candidate, find
from crm.profile.matching.model import Evidence, FieldWeights, Model, Outcome

__all__ = [
    "BUILT_IN",
    "Candidate",
    "Evidence",
    "FieldWeights",
    "Model",
    "Outcome",
    "Pair",
    "Settings",
    "compare_people",
    "find",
    "index_customer",
    "index_customers",
    "judge",
    "learn",
    "link",
]
