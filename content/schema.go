package content

// The shapes of the files. A number lives in a mapping that has its source.

type protocolFile struct {
	Version string
	Hours   struct {
		Quiet       spanFile
		Workout     clockFile
		LastWorkout clockFile `yaml:"last_workout"`
		LastAnswer  clockFile `yaml:"last_answer"`
		Stretch     clockFile
	}
	Windows struct {
		Movement          windowFile
		GentleStretch     windowFile `yaml:"gentle_stretch"`
		StructuredStretch windowFile `yaml:"structured_stretch"`
	}
	Doses  map[string]doseFile
	Plates struct {
		Grams  int
		Pounds int
		Source string
	}
	FirstLoad struct {
		Percent int
		Source  string
	} `yaml:"first_load"`
	Milestones map[string]milestoneFile
}

type spanFile struct{ From, Until, Source string }

type clockFile struct{ At, Source string }

type windowFile struct {
	From   float64 `yaml:"from_hours"`
	Prefer float64 `yaml:"prefer_hours"`
	Until  float64 `yaml:"until_hours"`
	Source string
}

type doseFile struct {
	Sets   int
	Reps   int
	Hold   []int `yaml:"hold_seconds"`
	Lift   int   `yaml:"lift_seconds"`
	Lower  int   `yaml:"lower_seconds"`
	Rest   []int `yaml:"rest_seconds"`
	Every  int   `yaml:"every_hours"`
	Source string
}

type milestoneFile struct {
	FromDay  int `yaml:"from_day"`
	UntilDay int `yaml:"until_day"`
	Source   string
}

type gradedFile struct {
	Steps map[string]gradedStepFile
}

type gradedStepFile struct {
	Kind   string
	Effort []int `yaml:"effort_percent"`
	Load   string
	Range  string
	Sets   int
	Reps   int
	RepsTo []int `yaml:"reps_to"`
	Hold   []int `yaml:"hold_seconds"`
	Lift   int   `yaml:"lift_seconds"`
	Lower  []int `yaml:"lower_seconds"`
	Rest   []int `yaml:"rest_seconds"`
	Every  int   `yaml:"every_hours"`
	Source string
}

type musclesFile struct {
	Muscles map[string]muscleFile
}

type muscleFile struct {
	Load        string
	Sides       []string
	LungField   bool `yaml:"lung_field"`
	Stretch     stretchFile
	Exercise    doseFile
	Progression *setsFile
	Later       *laterFile
	Source      string
}

type stretchFile struct {
	Hold             []int `yaml:"hold_seconds"`
	Reps             int
	EachSide         bool `yaml:"each_side"`
	BlockedByHipPain bool `yaml:"blocked_by_hip_pain"`
	Source           string
}

type setsFile struct {
	Sets   int
	Reps   int
	Source string
}

type laterFile struct {
	Enabled bool
	Sets    int
	Reps    int
	Hold    []int `yaml:"hold_seconds"`
	Lower   int   `yaml:"lower_seconds"`
	Source  string
}

type redFlagsFile struct {
	Flags    map[string]flagFile
	Symptoms map[string]symptomFile
	Holds    map[string]holdFile
}

type flagFile struct{ Level, Action, Source string }

type symptomFile struct{ Level, Source string }

type holdFile struct {
	Hours    int
	MaxHours int `yaml:"max_hours"`
	Release  string
	Source   string
}

// The files of one language.

type messagesFile struct {
	Nouns     map[string]map[string]string
	Labels    map[string]string
	Care      map[string]string
	Safety    map[string]string
	Clinician map[string]string
	// ExerciseWords are patterns of words by which a text speaks of exercise.
	ExerciseWords []string `yaml:"exercise_words"`
}

type muscleTextsFile struct {
	Muscles map[string]muscleTextFile
}

type muscleTextFile struct {
	Name        string
	Aliases     []string
	Stretch     string
	Alternative string
	Exercise    string
	Isometric   string
	Concentric  string
	Later       string
}

type planFile struct {
	Timeline map[string]rowFile
	Graded   map[string]gradedTextFile
}

type rowFile struct{ Period, Type, Intensity, Goal, Plain, Source string }

type gradedTextFile struct{ Title, Learn, Task string }

type flagTextsFile struct {
	Flags    map[string]flagTextFile
	Symptoms map[string]string
	Holds    map[string]string
	Match    struct {
		Ordinary  []string
		Negations []string
		Doubts    []string
		Questions []string
		Claims    []string
	}
}

type flagTextFile struct {
	Text   string
	Words  []string
	Unsure []string
}

type faqFile struct {
	FAQ map[string]faqEntryFile
}

type faqEntryFile struct {
	Title  string
	Button string
	Text   string
	Words  []string
}

type cardsFile struct {
	Cards      map[string]cardFile
	Milestones map[string]string
}

type cardFile struct {
	Title  string
	Text   string
	Steps  []string
	Ending string
}
