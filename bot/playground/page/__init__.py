"""The playground's page: plain HTML, CSS and ES modules, served as they lie here. There is no build step."""
