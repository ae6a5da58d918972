package sealpost.topic.secure_subject_test

import data.sealpost.topic.secure_subject

lists := {"words": ["(SECURE)", "[Encrypt]", "(VERSCHLÜSSELT)", `a.*b\E(`], "reply_prefixes": ["re", "aw", "fwd", "回复"]}

message(subject, kind) := {"message": {"subject": subject}, "recipient": {"kind": kind}}

demanded(subject, kind) := found if {
	found := secure_subject.require with input as message(subject, kind)
		with data.sealpost.secure_subject as lists
}

test_subjects_that_ask if {
	asking := [
		"(SECURE) Account",
		"(secure)Account",
		"(SECURE)",
		"  (Secure) Account",
		"Re: (SECURE) Account",
		"RE: AW: Fwd: (SECURE) Account",
		"Re[2]: (SECURE) Account",
		"Re (3) : (SECURE) Account",
		"回复:(SECURE) Account",
		"[ENCRYPT] Account",
		"(verschlüsselt) Konto",
		"\u00a0\u200b(SECURE) Account",
		`A.*B\E( Account`,
	]
	every subject in asking {
		{r.level | some r in demanded(subject, "business")} == {"content"}
	}
}

test_subjects_that_do_not_ask if {
	plain := [
		"",
		"Account",
		"Is this (SECURE)?",
		"SECURE Account",
		"Regarding: (SECURE) Account",
		"(SECUR) Account",
		"a..b Account",
	]
	every subject in plain {
		count(demanded(subject, "business")) == 0
	}
}

test_every_kind_outside if {
	every kind in ["business", "partner", "public-provider"] {
		count(demanded("(SECURE) Account", kind)) == 1
	}
}

test_not_for_colleagues if {
	count(demanded("(SECURE) Account", "local")) == 0
}

test_confidential if {
	classes := secure_subject.class with input as message("(SECURE)", "business") with data.sealpost.secure_subject as lists
	{c.class | some c in classes} == {"confidential"}
	none := secure_subject.class with input as message("Account", "business") with data.sealpost.secure_subject as lists
	count(none) == 0
}
