"""Maps, and pictures too large for the memory: read in rows, written in parts, resumable.

GDAL, through rasterio, reads and writes them: it alone knows georeferences, reads windows of
GeoTIFF, COG, JPEG 2000, PNG and JPEG, and writes what it reads. Ordinary pictures do without.
"""
