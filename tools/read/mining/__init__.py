"""Log lines without a model: what a line says where its words are known, and templates of all the others."""
