package rehab

import "testing"

func TestJudgeStretch(t *testing.T) {
	tests := []struct {
		name   string
		in     StretchInput
		target string
		action string
		alert  AlertLevel
		intent Intent
	}{
		{"no answer", StretchInput{PainUnknown, P2, false}, "3-4", "REPEAT", 0, IntentNudge},
		{"no answer, sharp", StretchInput{PainUnknown, P2, true}, "3-4", "REPEAT", 0, IntentNudge},
		{"sharp 4", StretchInput{4, P1, true}, "none", "HOLD24", 2, IntentSharp},
		{"sharp 9", StretchInput{9, P2, true}, "none", "HOLD24", 2, IntentSharp},
		{"8", StretchInput{8, P2, false}, "none", "HOLD24", 2, IntentPainHigh},
		{"sharp 3", StretchInput{3, P2, true}, "3-4", "EASE", 1, IntentStretchStrong},
		{"7 in P1", StretchInput{7, P1, false}, "3-4", "EASE", 0, IntentStretchStrong},
		{"6 in P2", StretchInput{6, P2, false}, "3-4", "EASE", 0, IntentStretchStrong},
		{"5 in P1", StretchInput{5, P1, false}, "3-4", "EASE", 0, IntentStretchOK},
		{"4 in P1", StretchInput{4, P1, false}, "3-4", "REPEAT", 0, IntentStretchOK},
		{"0 in P1", StretchInput{0, P1, false}, "3-4", "REPEAT", 0, IntentStretchOK},
		{"5 in P2", StretchInput{5, P2, false}, "4-5", "REPEAT", 0, IntentStretchOK},
		{"0 in P2", StretchInput{0, P2, false}, "4-5", "REPEAT", 0, IntentStretchOK},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := JudgeStretch(tt.in)
			if got.Target != tt.target || got.Action != tt.action || got.Alert != tt.alert || got.Intent != tt.intent {
				t.Errorf("got %+v", got)
			}
			checkSentence(t, got.Reason)
		})
	}
}
