"""The look at everything （今日办理、变化趋势、栏目更新、本单位情况）: what offices and units open in the morning."""
