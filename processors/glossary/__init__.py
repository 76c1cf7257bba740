"""Correction: what Whisper heard, put right by the glossary, with every change accounted for."""
