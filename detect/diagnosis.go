package detect

func diagnosis() detector {
	return detector{
		ID:        "diagnosis",
		Category:  Health,
		Doc:       "name of a disease; low alone, medium near words on somebody's health",
		Source:    "chapter and block titles of WHO ICD-10 in everyday words",
		TermGrade: named,
		Terms: words(
			"en: diabetes, diabetes mellitus, cancer, carcinoma, leukaemia, leukemia, lymphoma, melanoma, tumour, tumor, metastasis, HIV, AIDS, hepatitis, tuberculosis, depression, depressive disorder, schizophrenia, bipolar disorder, anxiety disorder, dementia, Alzheimer, Parkinson, multiple sclerosis, epilepsy, stroke, hypertension, myocardial infarction, heart attack, asthma, COPD, pneumonia, miscarriage, infertility, alcohol dependence, HIV positive, syphilis, chlamydia, psoriasis, arthritis, crohn's disease, colitis, cirrhosis, renal failure",
			"de: Diabetes, Krebs, Karzinom, Leukämie, Lymphom, Tumor, Metastase, Metastasen, Hepatitis, Tuberkulose, Depression, Schizophrenie, Angststörung, Demenz, multiple Sklerose, Epilepsie, Schlaganfall, Bluthochdruck, Herzinfarkt, Lungenentzündung, Fehlgeburt, Alkoholabhängigkeit, Schuppenflechte, Leberzirrhose, Niereninsuffizienz, Bandscheibenvorfall",
			"fr: diabète, cancer, carcinome, leucémie, lymphome, tumeur, métastase, métastases, VIH, SIDA, hépatite, tuberculose, dépression, schizophrénie, démence, sclérose en plaques, épilepsie, accident vasculaire cérébral, hypertension, infarctus, asthme, pneumonie, fausse couche, cirrhose",
			"nl: diabetes, suikerziekte, kanker, leukemie, tumor, uitzaaiingen, tuberculose, depressie, schizofrenie, dementie, epilepsie, beroerte, hartinfarct, longontsteking, miskraam, hoge bloeddruk",
			"pl: cukrzyca, cukrzycy, cukrzycę, nowotwór, nowotworu, rak, białaczka, białaczki, chłoniak, guz, przerzuty, gruźlica, depresja, depresji, schizofrenia, otępienie, stwardnienie rozsiane, padaczka, udar, nadciśnienie, zawał, zawał serca, astma, zapalenie płuc, poronienie, marskość",
			"es: diabetes, cáncer, carcinoma, leucemia, linfoma, tumor, metástasis, VIH, SIDA, hepatitis, tuberculosis, depresión, esquizofrenia, demencia, esclerosis múltiple, epilepsia, ictus, hipertensión, infarto, asma, neumonía, aborto espontáneo, cirrosis",
			"it: diabete, cancro, carcinoma, leucemia, linfoma, tumore, metastasi, epatite, tubercolosi, depressione, schizofrenia, demenza, sclerosi multipla, epilessia, ipertensione, infarto, polmonite, aborto spontaneo, cirrosi",
			"nordic: cancer, kræft, kreft, syöpä, leukemi, leukemia, tumör, depresjon, masennus, skitsofrenia, demens, epilepsi, hjärtinfarkt, hjerteinfarkt, sydäninfarkti, lunginflammation, lungebetennelse, missfall, diabetes, hypertoni",
		),
		Context: healthWords(),
		Mask:    dots,
	}
}
