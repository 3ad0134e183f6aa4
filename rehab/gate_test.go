package rehab

import "testing"

// calmGate is a moment at which the planned load may be offered.
func calmGate() GateInput {
	return GateInput{Before: 2, Flag: FlagNone, Phase: P4, AcuteH: 240, SinceLoadedH: NoAdvanceH, LastBefore: PainUnknown}
}

func TestGate(t *testing.T) {
	tests := []struct {
		name   string
		change func(*GateInput)
		offer  Offer
		alert  AlertLevel
		intent Intent
	}{
		{"1 emergency", func(in *GateInput) { in.Flag, in.HoldH, in.Before = FlagEmergency, 5, 9 }, OfferNone, 3, IntentEmergency},
		{"2 urgent", func(in *GateInput) { in.Flag, in.HoldH, in.Before = FlagUrgent, 5, 9 }, OfferNone, 3, IntentUrgent},
		{"3 hold", func(in *GateInput) { in.HoldH, in.Before = 1, PainUnknown }, OfferNone, 0, IntentHoldRest},
		{"3 clearance", func(in *GateInput) { in.NeedsClearance, in.Before = true, 9 }, OfferNone, 0, IntentHoldRest},
		{"4 unknown", func(in *GateInput) { in.Before, in.Phase = PainUnknown, P1 }, OfferAsk, 0, IntentAskBefore},
		{"5 at 8", func(in *GateInput) { in.Before, in.Phase = 8, P1 }, OfferMoveOnly, 2, IntentPainHigh},
		{"6 at 7", func(in *GateInput) { in.Before = 7 }, OfferMoveOnly, 1, IntentNotToday},
		{"6 at 6", func(in *GateInput) { in.Before, in.Phase = 6, P2 }, OfferMoveOnly, 1, IntentNotToday},
		{"7 P0", func(in *GateInput) { in.Phase, in.AcuteH = P0, 1 }, OfferWindow, 0, IntentWindow},
		{"7 P2 late", func(in *GateInput) { in.Phase = P2 }, OfferWindow, 0, IntentWindow},
		{"8 under 48", func(in *GateInput) { in.AcuteH, in.SinceLoadedH = 47, 3 }, OfferWindow, 0, IntentTooEarly},
		{"8 K3 under 48", func(in *GateInput) { in.Phase, in.AcuteH = K3, 47 }, OfferWindow, 0, IntentTooEarly},
		{"8 K1 under 24", func(in *GateInput) { in.Phase, in.AcuteH = K1, 23 }, OfferWindow, 0, IntentTooEarly},
		{"not 8 in K1 at 24", func(in *GateInput) { in.Phase, in.AcuteH = K1, 24 }, OfferLoad, 0, IntentGo},
		{"9 under 48", func(in *GateInput) { in.SinceLoadedH, in.LastBefore = 47, 1 }, OfferStretch, 0, IntentRestDay},
		{"9 K2 under 20", func(in *GateInput) { in.Phase, in.SinceLoadedH = K2, 19 }, OfferStretch, 0, IntentRestDay},
		{"not 9 in K2 at 20", func(in *GateInput) { in.Phase, in.SinceLoadedH = K2, 20 }, OfferLoad, 0, IntentGo},
		{"10 above the last", func(in *GateInput) { in.SinceLoadedH, in.LastBefore = 71, 1 }, OfferStretch, 0, IntentOneMoreDay},
		{"10 before 11", func(in *GateInput) { in.SinceLoadedH, in.LastBefore, in.Before = 48, 4, 5 }, OfferStretch, 0, IntentOneMoreDay},
		{"not 10 at 72 h", func(in *GateInput) { in.SinceLoadedH, in.LastBefore = 72, 1 }, OfferLoad, 0, IntentGo},
		{"not 10 at the same pain", func(in *GateInput) { in.SinceLoadedH, in.LastBefore = 50, 2 }, OfferLoad, 0, IntentGo},
		{"not 10 with the last unknown", func(in *GateInput) { in.SinceLoadedH = 50 }, OfferLoad, 0, IntentGo},
		{"11 at 5", func(in *GateInput) { in.Before = 5 }, OfferLoadSame, 0, IntentGo},
		{"11 at 4", func(in *GateInput) { in.Before = 4 }, OfferLoadSame, 0, IntentGo},
		{"12 at 3", func(in *GateInput) { in.Before = 3 }, OfferLoad, 0, IntentGo},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := calmGate()
			tt.change(&in)
			got := Gate(in)
			if got.Offer != tt.offer || got.Alert != tt.alert || got.Intent != tt.intent {
				t.Errorf("got %+v, want %s %d %s", got, tt.offer, tt.alert, tt.intent)
			}
			checkSentence(t, got.Reason)
		})
	}
}
