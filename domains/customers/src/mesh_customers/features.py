"""What the online store keeps of customers, for everybody who may read it."""

from mesh_customers.ml.churn.features import BEHAVIOUR

VIEWS = (BEHAVIOUR,)
