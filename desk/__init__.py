"""The people's side: the web app and the API of support staff and marketers."""
