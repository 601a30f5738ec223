"""The hub under OpenAPI, with the visibility of the pages."""
