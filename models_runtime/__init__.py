"""The model side of Tandem: engines, checkpoints and the worker. Knows neither Django nor the web side."""
