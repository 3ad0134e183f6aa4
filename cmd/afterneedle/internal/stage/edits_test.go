package stage_test

import "testing"

// edits changes a message that was sent before.
func (p *someone) edits(id int, text string) *someone {
	p.w.t.Helper()
	return p.do(p.Person.Edits(id, text))
}

// sends says something and returns its number.
func (p *someone) sends(text string) int {
	p.w.t.Helper()
	id, err := p.Person.Says(text)
	p.do(err)
	p.Skips()
	return id
}

const firstVersion = "I read only the first version of a message."

// TestEditedTexts changes what was written: it answers nothing, but help is called and
// nobody is left to think that the change counts.
func TestEditedTexts(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	number := ana.sends("2")
	ana.edits(number, "7").Sees(firstVersion).Buttons("[Something feels wrong]")
	if before := w.course(1).Workouts[0].Before; before != 2 {
		t.Errorf("pain before %v", before)
	}
	ana.edits(number, "8 kg").Sees(firstVersion)
	said := ana.sends("hello")
	ana.edits(said, "hello there").SeesNothing().
		edits(said, "/stop").Sees(firstVersion).
		edits(said, "something feels wrong").Sees("What do you notice?").Skips()
	done := ana.sends("/done")
	ana.edits(done, "/done 9").Sees(firstVersion).SeesNothing()
	pain := ana.sends("/pain 2")
	ana.edits(pain, "/pain 9").SkipsTo("9")
}

func TestEditedBeforeConsent(t *testing.T) {
	w := play(t)
	ana := w.invited(w.owner(), "Ana")
	said := ana.sends("hello")
	ana.edits(said, "hello there").SeesNothing().edits(said, "I can't breathe").Sees("112")
}
