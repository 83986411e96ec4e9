"""People's side of the workspace: what a person in Slack's window can do and see, as JSON under `/_people`."""
