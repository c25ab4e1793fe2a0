"""Pure facts about items that several parts need: text views, capabilities, relations."""
