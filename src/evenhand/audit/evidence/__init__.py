"""What an audit finds, before anybody formats it: rates, lists, wording, provenance."""
