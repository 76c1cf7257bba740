"""From sentences to an exported model: generator, trainer, exporter, evaluator."""
