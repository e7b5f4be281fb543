from shuke.parties.tests.conftest import a_party, browse, in_english  # noqa: F401
