"""What the API takes and answers, as models: OpenAPI is made of them."""
