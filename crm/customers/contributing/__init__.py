"""Contributing: facts that anybody brings without reading any, until somebody decides on them."""
