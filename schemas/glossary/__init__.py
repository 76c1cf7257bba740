"""The glossary as data: its terms, their version, and what of the topic is in force. Below every stage."""
