"""driftseal: what AI do we run, is it what we approved, and is it safe?"""

__version__ = "0.1.0"
