"""What an office did beside its circulars: meetings, commendations, talks （约谈）, accountability （责任追究）."""
