"""HTTP: requests of people in, pictures of the live state out."""
