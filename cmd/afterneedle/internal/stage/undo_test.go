package stage_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"afterneedle/rehab"
	"afterneedle/store"
)

// course is a patient's latest course as it is in the database.
func (w *theater) course(patient int64) *rehab.Course {
	w.t.Helper()
	var c *rehab.Course
	_, err := w.Store.Do(context.Background(), w.Time.Now(), 0, func(tx *store.Tx) (err error) {
		c, err = tx.Course(patient)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// unchanged fails unless a course is what it was, but for the messages sent.
func (w *theater) unchanged(was, is *rehab.Course) {
	w.t.Helper()
	if diff := cmp.Diff(was, is,
		cmpopts.IgnoreFields(rehab.Course{}, "Sequence", "PromptDay", "PromptCount", "ReminderAt", "Cause", "Changes"),
		cmpopts.IgnoreTypes(&rehab.Protocol{}, &time.Location{})); diff != "" {
		w.t.Errorf("not as it was before:\n%s", diff)
	}
}

const undone = "The needling of Ana is undone. The plan is as it was before."

func TestUndoInTheMiddleOfAWorkout(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	ana.Taps("2").Sees("before").Sees("4 kg")
	doctor.Says("/hold ana, cold").Sees("on hold").Says("/release ana").Sees("released")
	w.Wait(time.Minute)
	ana.Skips()
	was := w.course(1)
	doctor.Says("/session ana, upper trap left + ql both, graded").Sees("needling of").Buttons("[Undo]")
	ana.Sees("A new needling begins gently again.")
	w.Wait(9 * time.Minute)
	ana.Skips()
	doctor.Taps("Undo").SeesExactly(undone).SeesNothing()
	ana.SeesExactly("Praxis Weber has taken back what it noted about a needling. Your plan is as it was before.").SeesNothing()
	w.unchanged(was, w.course(1))
	if trail := w.course(1).Changes; trail[len(trail)-1].Why != "a needling taken back" || len(trail) <= len(was.Changes) {
		t.Errorf("the trail is %+v", trail)
	}
	doctor.Says("/timeline ana").Sees("dropped (undone)")
	ana.Says("2").Sees("Pain before: 2").Sees("4 kg").SeesNothing() // the question of before is open again
	doctor.Says("/session ana, ql left, recent surgery").Sees("needling of")
	w.Wait(5 * chatGap)
	ana.SkipsTo("a plan that your clinic makes for you")
	was = w.course(1)
	doctor.Taps("Undo").Sees(undone).Says("/release ana").Sees("Ana is not on hold.")
	if now := w.course(1); len(now.Needlings) != len(was.Needlings)-1 || len(now.Holds) != len(was.Holds)-1 {
		t.Error("the needling or its hold is still there")
	}
}

func TestUndoBeforeAnythingWasSaid(t *testing.T) {
	w := play(t)
	ana := w.invited(w.owner(), "Ana")
	doctor := w.owner().Skips()
	was := w.course(1)
	doctor.Says("/session ana, ql left").Sees("has not agreed yet").Taps("Undo").SeesExactly(undone)
	w.unchanged(was, w.course(1))
	ana.SeesNothing().Taps("I agree").Sees("You agreed").Sees("You are all set").SeesNothing()
}

func TestUndoAndRecordAgain(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "ql left, 8 kg")
	doctor := w.owner().Skips()
	doctor.Taps("Undo").Sees(undone)
	ana.Sees("has taken back")
	doctor.Says("/patient ana").Sees("Ana · active").Without("quadratus")
	doctor.Says("/session ana, ql right, 8 kg").Sees("needling of quadratus lumborum right, 14:30")
	ana.Sees("Needling was step 1").WaitsFor("Time to move a little").SeesNothing()
	doctor.Says("/patient ana").Sees("quadratus lumborum right").Without("left")
}

func TestUndoRefused(t *testing.T) {
	const answered = "Ana has answered, or another needling or change came since, so this needling stays."
	for name, test := range map[string]struct {
		meanwhile func(w *theater, doctor, ana *someone)
		want      string
	}{
		"ten minutes later":  {func(w *theater, _, _ *someone) { w.Wait(10 * time.Minute) }, "It is too late to undo this needling."},
		"the next day":       {func(w *theater, _, _ *someone) { w.Wait(24 * time.Hour) }, "It is too late to undo this needling."},
		"an answer":          {func(_ *theater, _, ana *someone) { ana.Says("/pain 3") }, answered},
		"something wrong":    {func(_ *theater, _, ana *someone) { ana.Taps("Something feels wrong") }, answered},
		"a stop":             {func(_ *theater, _, ana *someone) { ana.Says("/stop") }, answered},
		"a hold":             {func(_ *theater, doctor, _ *someone) { doctor.Says("/hold ana, cold") }, answered},
		"a load":             {func(_ *theater, doctor, _ *someone) { doctor.Says("/load ana, 4 kg") }, answered},
		"a track":            {func(_ *theater, doctor, _ *someone) { doctor.Says("/track ana, graded") }, answered},
		"the course's end":   {func(_ *theater, doctor, _ *someone) { doctor.Says("/discharge ana").Taps("End the course") }, answered},
		"another needling":   {func(_ *theater, doctor, _ *someone) { doctor.Says("/session ana, ql right, 2h ago") }, answered},
		"another one undone": {func(_ *theater, doctor, _ *someone) { doctor.Says("/session ana, ql right, 2h ago").Taps("Undo") }, answered},
	} {
		t.Run(name, func(t *testing.T) {
			w := play(t)
			ana := w.patient("Ana")
			doctor := w.owner().Skips()
			recorded := doctor.Says("/session ana, ql left, 8 kg").Sees("needling of").last
			ana.Sees("Needling was step 1")
			test.meanwhile(w, doctor, ana)
			was := w.course(1)
			doctor.Skips().do(doctor.TapsOn(recorded.MessageID, "Undo")).SeesExactly(test.want).SeesNothing()
			w.unchanged(was, w.course(1))
		})
	}
}

func TestUndoOfANewCourse(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	ana.Taps("2").Sees("before").Sees("4 kg").Taps("Done").Sees("Done").Sees("Right after").Taps("2").Skips()
	doctor.Says("/discharge ana").Sees("End the course").Taps("End the course").Sees("discharged")
	w.Wait(time.Hour)
	ana.Skips()
	was := w.course(1)
	doctor.Says("/session ana, ql left").Sees("needling of")
	ana.Sees("Needling was step 1")
	doctor.Taps("Undo").Sees(undone)
	ana.Sees("has taken back")
	w.unchanged(was, w.course(1))
	w.Wait(10 * 24 * time.Hour)
	ana.SeesNothing().Says("/today").Sees("Nothing is planned").Says("/done").Sees("No workout is open").SeesNothing()
	doctor.Says("/patient ana").Sees("Ana · discharged", "upper trapezius left").Says("/timeline ana").Sees("movement · dropped (undone)").
		Says("/session ana, ql left, 8 kg").Sees("needling of")
	w.Wait(chatGap)
	ana.SkipsTo("Needling was step 1").WaitsFor("Time to move a little")
}

func TestUndoByAColleague(t *testing.T) {
	_, tom, uma, ana, _ := twoClinicians(t)
	recorded := tom.Says("/session ana, ql left").Sees("needling of").last
	ana.Sees("Needling was step 1")
	uma.do(uma.TapData(recorded.MessageID, recorded.Buttons[0][0].Data)).Sees("That button is from an older question.").SeesNothing()
	ana.do(ana.TapData(recorded.MessageID, recorded.Buttons[0][0].Data)).Sees("That button is from an older question.").SeesNothing()
	tom.Taps("Undo").Sees(undone)
}

func TestUndoIsInTheHistory(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner().Skips()
	doctor.Says("/session ana, ql left, 8 kg").Sees("needling of")
	w.Wait(2 * time.Minute)
	ana.Skips()
	const undoneLines = "14:32 · Maria · quadratus lumborum left: needling of 14:30 undone\n" +
		"14:30 · Maria · quadratus lumborum left: from a start to P3, 4 kg (a needling)"
	doctor.Taps("Undo").Sees(undone).Says("/history ana").SeesExactly("Changes for Ana\n" + undoneLines)

	// Another needling of what is in the plan moves nothing, and is undone all the same.
	doctor.Says("/session ana, ql left, 8 kg").Sees("needling of")
	w.Wait(2 * time.Hour)
	doctor.Says("/session ana, ql left").Sees("needling of").Taps("Undo").Sees(undone).
		Says("/history ana").Sees("16:32 · Maria · quadratus lumborum left: needling of 16:32 undone\n", undoneLines).Without("from  to")

	// A course that began by mistake leaves its undo with the one before.
	doctor.Says("/discharge ana").Sees("End the course").Taps("End the course").Sees("discharged")
	w.Wait(2 * time.Hour)
	doctor.Says("/session ana, upper trap right").Sees("needling of").Taps("Undo").Sees(undone).
		Says("/history ana").Sees("18:32 · Maria · upper trapezius right: needling of 18:32 undone\n").Without("from  to")
}
