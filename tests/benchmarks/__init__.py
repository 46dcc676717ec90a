"""`make bench`: pages and the publishing step against their floors, on a prefecture of full size."""
