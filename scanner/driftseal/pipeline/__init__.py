"""The one place that joins the parts."""
