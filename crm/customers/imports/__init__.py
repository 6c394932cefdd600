"""Reading customer import files: what a file is, what its columns mean, which rows are good."""
