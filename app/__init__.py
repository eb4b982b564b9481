"""Composes everything: settings, bootstrap, the web application, workers, the command line."""
