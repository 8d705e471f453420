"""Read the mesh's products, features and models over HTTP; needs nothing of the mesh but this package.

from mesh_platform.client import Mesh

mesh = Mesh("http://127.0.0.1:8080", token)
orders = mesh.product("sales.orders").where(channel="web", net_amount__gt=100)
frame = orders.select("order_id", "net_amount").to_polars()
print(orders.trust.snapshot, orders.trust.service_level)
"""

from mesh_platform.client.mesh import Mesh
from mesh_platform.client.product import Product
from mesh_platform.client.refused import NotAnswered, Refused
from mesh_platform.client.trust import Trust

__all__ = ["Mesh", "NotAnswered", "Product", "Refused", "Trust"]
