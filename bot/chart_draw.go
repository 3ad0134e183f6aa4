package bot

import (
	"image/color"
	"math"
	"slices"
	"sync"

	"golang.org/x/image/font"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"afterneedle/rehab"
)

// chart is a picture that is being drawn.
type chart struct {
	draw.Canvas
	h    rehab.History
	days float64 // at the right edge
	word func(key string, pairs ...any) string
}

// panel is the part of the picture between two heights, for values from low to
// high.
type panel struct {
	*chart
	bottom, top vg.Length
	low, high   float64
}

func (c *chart) x(day float64) vg.Length {
	return chartLeft + (chartRight-chartLeft)*vg.Length(min(max(day/c.days, 0), 1))
}

func (p *panel) y(value float64) vg.Length {
	return p.bottom + (p.top-p.bottom)*vg.Length((value-p.low)/(p.high-p.low))
}

// typefaces is the one family that the pictures are written in.
var typefaces = sync.OnceValue(func() text.Handler {
	return text.Plain{Fonts: plotfont.NewCache(liberation.Collection())}
})

func lettering(size vg.Length, weight font.Weight, ink color.Color) text.Style {
	return text.Style{
		Color: ink, Handler: typefaces(),
		Font: plotfont.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight, Size: size},
	}
}

// write puts a text at a place; the alignments say which point of it that is.
func (c *chart) write(s text.Style, x vg.Length, xAlign text.XAlignment, y vg.Length, yAlign text.YAlignment, words string) {
	s.XAlign, s.YAlign = xAlign, yAlign
	c.FillText(s, vg.Point{X: x, Y: y}, words)
}

func (c *chart) box(fill color.Color, x0, y0, x1, y1 vg.Length) {
	c.FillPolygon(fill, []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
}

// pain draws the upper panel.
func (c *chart) pain(l legend, bottom vg.Length) {
	p := panel{c, bottom, bottom + painHeight, -0.35, 10.35}
	for _, band := range []struct {
		fill     color.Color
		from, to float64
	}{{green, p.low, 3.5}, {amber, 3.5, 5.5}, {red, 5.5, p.high}} {
		c.box(band.fill, chartLeft, p.y(band.from), chartRight, p.y(band.to))
	}
	c.title(c.word("chart.pain"), l, p.top)
	p.grid([]float64{0, 2, 4, 6, 8, 10})
	p.events()
	for i := len(l.lines) - 1; i >= 0; i-- { // the pain before on top
		width := vg.Length(3)
		if i == 0 {
			width = 5
		}
		p.draw(&l.lines[i], width)
	}
}

// load draws the lower panel. It begins at zero, so that a small change looks
// small.
func (c *chart) load(l legend, unit string, bottom vg.Length) {
	high := 0.0
	for i := range l.lines {
		for _, pt := range l.lines[i].all() {
			high = max(high, pt.value)
		}
	}
	empty := high == 0
	if empty {
		high = 1
	}
	step := niceStep(high / 3)
	p := panel{c, bottom, bottom + loadHeight, 0, math.Ceil(high/step+0.45) * step}
	c.box(pale, chartLeft, p.bottom, chartRight, p.top)
	c.title(c.word("chart.load", "what", unit), l, p.top)
	var ticks []float64
	for v := p.low; !empty && v <= p.high+step/2; v += step { // no numbers where nothing was lifted
		ticks = append(ticks, v)
	}
	p.grid(ticks)
	p.events()
	for _, day := range c.h.Skipped {
		c.cross(c.x(day), p.bottom+20)
	}
	var written []vg.Length
	for i := range l.lines {
		p.draw(&l.lines[i], 4)
		written = p.lastValue(&l.lines[i], written)
	}
}

// niceStep is 1, 2 or 5 times a power of ten, not below step.
func niceStep(step float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(max(step, 0.1))))
	for _, times := range []float64{1, 2, 5} {
		if times*power >= step {
			return times * power
		}
	}
	return 10 * power
}

// legend names the lines of a panel, in rows as long as the picture is wide.
type legend struct {
	lines []series
	at    []vg.Point // of each line, from the left and from the first row down
	rows  int
}

func legendOf(lines []series) legend {
	l := legend{lines: lines, rows: 1}
	s := lettering(textSize, font.WeightNormal, ink)
	x := vg.Length(chartMargin)
	for i := range lines {
		width := lines[i].sampleWidth() + s.Width(lines[i].label)
		if x > chartMargin && x+width > chartRight {
			x = chartMargin
			l.rows++
		}
		l.at = append(l.at, vg.Point{X: x, Y: vg.Length(l.rows-1) * legendLine})
		x += width + 40
	}
	return l
}

// sampleWidth is the room for the sample of a line in front of its name.
func (s *series) sampleWidth() vg.Length {
	if s.style.Shape == nil {
		return 0
	}
	return 54
}

// height is that of the title and the legend above a panel.
func (l legend) height() vg.Length {
	return chartMargin + titleHeight + vg.Length(l.rows)*legendLine + underLegend
}

// title writes the name of a panel and its legend above it.
func (c *chart) title(name string, l legend, top vg.Length) {
	y := top + l.height() - chartMargin
	c.write(lettering(titleSize, font.WeightBold, ink), chartMargin, draw.XLeft, y, draw.YTop, name)
	y -= titleHeight + legendLine/2
	s := lettering(textSize, font.WeightNormal, ink)
	for i, at := range l.at {
		if style := l.lines[i].style; style.Shape != nil {
			c.StrokeLine2(draw.LineStyle{Color: style.Color, Width: 4}, at.X, y-at.Y, at.X+42, y-at.Y)
			c.DrawGlyphNoClip(style, vg.Point{X: at.X + 21, Y: y - at.Y})
		}
		c.write(s, at.X+l.lines[i].sampleWidth(), draw.XLeft, y-at.Y, draw.YCenter, l.lines[i].label)
	}
}

// grid draws lines at some values and at some days, and writes the values.
func (p *panel) grid(values []float64) {
	s := lettering(textSize, font.WeightNormal, ink)
	for _, v := range values {
		p.StrokeLine2(draw.LineStyle{Color: gridColor, Width: 2}, chartLeft, p.y(v), chartRight, p.y(v))
		p.write(s, chartLeft-14, draw.XRight, p.y(v), draw.YCenter, number(v))
	}
	for day := 0.0; day <= p.days; day += p.dayStep() {
		p.StrokeLine2(draw.LineStyle{Color: gridColor, Width: 2}, p.x(day), p.bottom, p.x(day), p.top)
	}
}

// events shades the holds and marks the needlings.
func (p *panel) events() {
	for _, h := range p.h.Holds {
		from, to := p.x(h.From), p.x(h.To)
		p.box(holdColor, from, p.bottom, max(to, from+6), p.top)
	}
	for _, day := range p.h.Needlings {
		p.needle(p.x(day), p.bottom, p.top)
	}
}

// needle is a dashed line with a point, like a needle from above.
func (c *chart) needle(x, bottom, top vg.Length) {
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 4, Dashes: []vg.Length{12, 8}}, x, bottom, x, top)
	c.FillPolygon(ink, []vg.Point{{X: x - 13, Y: top + 14}, {X: x + 13, Y: top + 14}, {X: x, Y: top - 10}})
}

// cross is the mark of a workout that was not done.
func (c *chart) cross(x, y vg.Length) {
	const r = 9
	style := draw.LineStyle{Color: faint, Width: 4}
	c.StrokeLine2(style, x-r, y-r, x+r, y+r)
	c.StrokeLine2(style, x-r, y+r, x+r, y-r)
}

// draw draws a line with its marks.
func (p *panel) draw(s *series, width vg.Length) {
	style := s.style
	if len(s.all()) > 20 {
		style.Radius = 7 // twelve weeks stand close together
	}
	for _, run := range s.runs {
		line := make([]vg.Point, len(run))
		for i, pt := range run {
			line[i] = vg.Point{X: p.x(pt.day), Y: p.y(pt.value)}
		}
		p.StrokeLines(draw.LineStyle{Color: style.Color, Width: width}, line)
		for _, at := range line {
			p.DrawGlyphNoClip(style, at)
		}
	}
}

// ring is an open circle that hides the line below it.
type ring struct{}

// DrawGlyph draws the ring.
func (ring) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	outer, inner := style, style
	outer.Shape, inner.Shape = draw.CircleGlyph{}, draw.CircleGlyph{}
	inner.Color, inner.Radius = color.White, style.Radius-3.5
	c.DrawGlyphNoClip(outer, at)
	c.DrawGlyphNoClip(inner, at)
}

// lastValue writes where a line has come to: above its end, or below it where
// another value stands already.
func (p *panel) lastValue(s *series, written []vg.Length) []vg.Length {
	points := s.all()
	if len(points) == 0 {
		return written
	}
	last := points[len(points)-1]
	x, y := p.x(last.day), p.y(last.value)+14
	align := draw.XCenter
	switch {
	case x > chartRight-60:
		align = draw.XRight
	case x < chartLeft+60: // away from the numbers of the axis
		align = draw.XLeft
	}
	near := func(other vg.Length) bool { return math.Abs(float64(other-y)) < textSize }
	if slices.ContainsFunc(written, near) {
		y -= 28 + textSize
	}
	p.write(lettering(textSize, font.WeightBold, s.style.Color), x, align, y, draw.YBottom, number(last.value))
	return append(written, y)
}

// dayAxis writes the days under both panels.
func (c *chart) dayAxis(top vg.Length) {
	s := lettering(textSize, font.WeightNormal, ink)
	for day := 0.0; day <= c.days; day += c.dayStep() {
		c.write(s, c.x(day), draw.XCenter, top-14, draw.YTop, number(day))
	}
	c.write(s, (chartLeft+chartRight)/2, draw.XCenter, top-58, draw.YTop, c.word("chart.days"))
}

func (c *chart) dayStep() float64 {
	switch {
	case c.days <= 10:
		return 1
	case c.days <= 21:
		return 3
	case c.days <= 42:
		return 7
	}
	return 14
}

// notes explains the marks that belong to both panels, those that there are.
func (c *chart) notes() {
	s := lettering(textSize, font.WeightNormal, ink)
	x, y := vg.Length(chartMargin), vg.Length(40)
	note := func(word string, width vg.Length, mark func()) {
		mark()
		c.write(s, x+width, draw.XLeft, y, draw.YCenter, word)
		x += width + s.Width(word) + 40
	}
	note(c.word("chart.needling"), 40, func() { c.needle(x+14, y-22, y+8) })
	if len(c.h.Holds) > 0 {
		note(c.word("chart.hold"), 54, func() { c.box(holdColor, x, y-16, x+42, y+16) })
	}
	if len(c.h.Skipped) > 0 {
		note(c.word("chart.skipped"), 36, func() { c.cross(x+12, y) })
	}
}
