"""The figures that lessons rest on, each with the band that ours must stay in: `npm run bands`."""
