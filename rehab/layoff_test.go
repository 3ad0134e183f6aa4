package rehab

import "testing"

func TestLayoff(t *testing.T) {
	tests := []struct {
		days      int
		pct       int
		steps     int
		clearance bool
		alert     AlertLevel
	}{
		{0, 100, 0, false, 0}, {6, 100, 0, false, 0},
		{7, 90, 0, false, 0}, {13, 90, 0, false, 0},
		{14, 80, 1, false, 1}, {27, 80, 1, false, 1},
		{28, 80, 1, true, 2}, {400, 80, 1, true, 2},
	}
	for _, tt := range tests {
		got := Layoff(tt.days)
		if got.LoadPct != tt.pct || got.RegressSteps != tt.steps || got.Clearance != tt.clearance || got.Alert != tt.alert {
			t.Errorf("%d days: %+v", tt.days, got)
		}
		checkSentence(t, got.Reason)
	}
}
