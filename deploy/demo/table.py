"""Rows of text, with columns as wide as their widest cell."""


def show(header, rows):
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header) - 1)]
    for row in [header, *rows]:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths)]
        print("  " + "  ".join([*cells, row[-1]]))
