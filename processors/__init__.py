"""The stages between the sound and the rows: segmenter, transcriber, glossary."""
