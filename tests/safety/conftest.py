"""The firm of the contract, with one record of every kind."""

from tests.house.conftest import built, house

__all__ = ["built", "house"]
