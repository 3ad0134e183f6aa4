package bot

import (
	"bytes"
	"html"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"afterneedle/rehab"
)

// The picture of a course in pixels: pain above, load below, one axis of days.
// It is as wide as a telephone's screen has pixels, and as high as the names of
// the muscles need.
const (
	chartWidth = 1080
	chartLeft  = 96   // of both panels
	chartRight = 1050 // of both panels
	painHeight = 540
	loadHeight = 290
	underLoad  = 185 // days and notes

	chartMargin  = 28
	titleHeight  = 52
	legendLine   = 46
	underLegend  = 22
	textSize     = 33
	titleSize    = 38
	shortestDays = 7
)

// hasChart reports whether there is anything to draw.
func hasChart(c *rehab.Course) bool {
	return slices.ContainsFunc(c.Workouts, func(w rehab.Workout) bool {
		return w.Before.Known() || !w.DoneAt.IsZero()
	})
}

// chart draws pain and load of a course as a PNG. It holds no names of people.
func (v *voice) chart() ([]byte, error) {
	c := chart{h: v.c.History(chartEnd(v.c, v.now)), word: v.plainText}
	c.days = max(math.Ceil(c.h.Days), shortestDays)
	pains := legendOf(c.painSeries())
	loads, unit := v.loadSeries(c.h)
	weights := legendOf(loads)
	height := pains.height() + painHeight + chartMargin + weights.height() + loadHeight + underLoad
	canvas := vgimg.NewWith(vgimg.UseWH(chartWidth, height), vgimg.UseDPI(72)) // a point is a pixel
	c.Canvas = draw.New(canvas)
	c.pain(pains, underLoad+loadHeight+weights.height()+chartMargin)
	c.load(weights, unit, underLoad)
	c.dayAxis(underLoad)
	c.notes()
	if v.err != nil {
		return nil, v.err
	}
	var out bytes.Buffer
	_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(&out)
	return out.Bytes(), err
}

// chartEnd is now, or the end of a course that is over.
func chartEnd(c *rehab.Course, now time.Time) time.Time {
	for _, end := range []time.Time{c.EndedAt, c.DischargedAt} {
		if !end.IsZero() && end.Before(now) {
			now = end
		}
	}
	return now
}

// plainText is a text for a picture, which knows no markup.
func (v *voice) plainText(key string, pairs ...any) string {
	return html.UnescapeString(tags.ReplaceAllString(v.text(key, pairs...), ""))
}

// series is one line of the picture: points with gaps between the runs. One
// without a style is only named.
type series struct {
	label string
	style draw.GlyphStyle
	runs  [][]point
}

type point struct{ day, value float64 }

// add puts a point at the end, or ends the run when the value is missing.
func (s *series) add(day, value float64, missing bool) {
	switch n := len(s.runs); {
	case missing && n > 0 && len(s.runs[n-1]) > 0:
		s.runs = append(s.runs, nil)
	case missing:
	case n == 0:
		s.runs = [][]point{{{day, value}}}
	default:
		s.runs[n-1] = append(s.runs[n-1], point{day, value})
	}
}

// all are the points of every run.
func (s *series) all() []point { return slices.Concat(s.runs...) }

// Colours that people who see no red or green can tell apart, on pale bands.
var (
	ink       = color.NRGBA{0x26, 0x2b, 0x33, 0xff}
	faint     = color.NRGBA{0x26, 0x2b, 0x33, 0x99}
	gridColor = color.NRGBA{0x26, 0x2b, 0x33, 0x22}
	holdColor = color.NRGBA{0x4a, 0x50, 0x5c, 0x48}
	green     = color.NRGBA{0xe3, 0xf4, 0xe1, 0xff}
	amber     = color.NRGBA{0xfd, 0xf1, 0xcf, 0xff}
	red       = color.NRGBA{0xfb, 0xdf, 0xdb, 0xff}
	pale      = color.NRGBA{0xf4, 0xf5, 0xf7, 0xff}

	lineColors = []color.Color{
		color.NRGBA{0x0b, 0x4f, 0x9e, 0xff},
		color.NRGBA{0xd5, 0x5e, 0x00, 0xff},
		color.NRGBA{0x8e, 0x2d, 0x8e, 0xff},
		color.NRGBA{0x00, 0x7a, 0x6c, 0xff},
	}
	lineShapes = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.PyramidGlyph{}, draw.BoxGlyph{}, ring{}}
)

// glyph is the mark of series i: another colour each, and where they run out,
// another shape.
func glyph(i int) draw.GlyphStyle {
	n := len(lineColors)
	return draw.GlyphStyle{Color: lineColors[i%n], Radius: 9, Shape: lineShapes[(i+i/n)%n]}
}

var painWord = map[rehab.QuestionKind]string{
	rehab.AskBefore: "chart.before", rehab.AskAfter: "chart.after", rehab.AskTwoHour: "chart.two_hours", rehab.AskNext: "chart.next",
}

// painSeries are the four pains. Equal scores would hide one another, and stand
// a little apart.
func (c *chart) painSeries() []series {
	var list []series
	for i, line := range c.h.Pains {
		s := series{label: c.word(painWord[line.Kind]), style: glyph(i)}
		apart := 0.12 * (1.5 - float64(i))
		for _, p := range line.Points {
			s.add(p.Day, float64(p.Score)+apart, !p.Score.Known())
		}
		list = append(list, s)
	}
	return list
}

// loadSeries are the loads of all targets in one unit: weights where there are
// any, and repetitions otherwise. unit names it.
func (v *voice) loadSeries(h rehab.History) (list []series, unit string) {
	unit = v.plainText("chart.reps")
	weighed := slices.ContainsFunc(h.Loads, func(l rehab.LoadLine) bool { return l.Weighed })
	if weighed {
		unit = string(v.chartUnit(h))
	}
	drawn := 0
	for _, line := range h.Loads {
		t := v.c.Target(line.Target)
		s := series{
			label: v.plainText("chart.target", "muscle", v.muscleName(t), "side", v.text("side."+string(t.Side))), style: glyph(drawn),
		}
		if line.Weighed != weighed {
			list = append(list, series{label: v.plainText("chart.unweighed", "what", s.label)})
			continue
		}
		drawn++
		for _, p := range line.Points {
			value := float64(p.LoadG) / float64(rehab.RepsLoad(1))
			if unit == string(rehab.Pound) {
				value /= kilogramsPerPound
			}
			s.add(p.Day, value, p.LoadG == 0)
		}
		list = append(list, s)
	}
	return list, unit
}

// kilogramsPerPound is exact.
const kilogramsPerPound = 0.45359237

// chartUnit is the unit of the weights: pounds only when all of them are.
func (v *voice) chartUnit(h rehab.History) rehab.Unit {
	for _, line := range h.Loads {
		if line.Weighed && v.c.Target(line.Target).Unit != rehab.Pound {
			return rehab.Kilogram
		}
	}
	return rehab.Pound
}

// number writes a value with one decimal at most.
func number(value float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(value, 'f', 1, 64), ".0")
}
