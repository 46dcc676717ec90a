"""Tasks from above （上级任务）: reposts, yearly points, special tasks; done with a link that is checked."""
