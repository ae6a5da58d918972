package values

// diagnosisNames are diseases as physicians' letters name them.
func diagnosisNames() map[string][]string {
	return map[string][]string{
		"en": {"type 2 diabetes mellitus", "essential hypertension", "acute myocardial infarction", "atrial fibrillation", "breast cancer", "multiple sclerosis", "rheumatoid arthritis", "chronic kidney disease", "major depressive disorder", "bronchial asthma", "Parkinson's disease", "hepatitis C"},
		"de": {"Diabetes mellitus Typ 2", "arterielle Hypertonie", "akuter Myokardinfarkt", "Vorhofflimmern", "Mammakarzinom", "Multiple Sklerose", "rheumatoide Arthritis", "chronische Niereninsuffizienz", "depressive Episode", "Asthma bronchiale", "Morbus Parkinson", "Hepatitis C"},
		"fr": {"diabète de type 2", "hypertension artérielle", "infarctus du myocarde", "fibrillation auriculaire", "cancer du sein", "sclérose en plaques", "polyarthrite rhumatoïde", "insuffisance rénale chronique", "épisode dépressif", "asthme", "maladie de Parkinson", "hépatite C"},
		"nl": {"diabetes mellitus type 2", "hypertensie", "hartinfarct", "atriumfibrilleren", "borstkanker", "multiple sclerose", "reumatoïde artritis", "chronische nierinsufficiëntie", "depressieve stoornis", "astma bronchiale", "ziekte van Parkinson", "hepatitis C"},
		"pl": {"cukrzyca typu 2", "nadciśnienie tętnicze", "zawał mięśnia sercowego", "migotanie przedsionków", "rak piersi", "stwardnienie rozsiane", "reumatoidalne zapalenie stawów", "przewlekła niewydolność nerek", "zaburzenia depresyjne", "astma oskrzelowa", "choroba Parkinsona", "wirusowe zapalenie wątroby typu C"},
	}
}

// diagnosisOthers sound like diseases and are none.
func diagnosisOthers() map[string][]string {
	return map[string][]string{
		"en": {"the heart of the matter", "a viral video", "economic depression area map", "tropic of Cancer", "allergic to meetings", "server crash", "chronic lack of parking", "a fracture line in the market"},
		"de": {"das Herz der Altstadt", "ein Virenscanner", "Sternzeichen Krebs", "Preisfieber", "allergisch auf Meetings", "Serverausfall", "chronischer Parkplatzmangel", "ein Bruch im Markt"},
		"fr": {"le cœur de la ville", "une vidéo virale", "tropique du Cancer", "la fièvre acheteuse", "allergique aux réunions", "panne du serveur", "manque chronique de places", "une fracture numérique"},
		"nl": {"het hart van de stad", "een virale video", "sterrenbeeld Kreeft", "koopkoorts", "allergisch voor overleg", "serverstoring", "chronisch gebrek aan plek", "een breuk in de markt"},
		"pl": {"serce miasta", "wirusowy film", "znak zodiaku Rak", "gorączka zakupów", "alergia na spotkania", "awaria serwera", "chroniczny brak miejsc", "pęknięcie na rynku"},
	}
}

// medicationNames are substances by their names in the languages.
func medicationNames() map[string][]string {
	return map[string][]string{
		"en": {"metformin", "ramipril", "bisoprolol", "atorvastatin", "omeprazole", "pantoprazole", "sertraline", "citalopram", "levothyroxine", "methotrexate", "apixaban", "prednisolone"},
		"de": {"Metformin", "Ramipril", "Bisoprolol", "Atorvastatin", "Omeprazol", "Pantoprazol", "Sertralin", "Citalopram", "Levothyroxin", "Methotrexat", "Apixaban", "Prednisolon"},
		"fr": {"metformine", "ramipril", "bisoprolol", "atorvastatine", "oméprazole", "pantoprazole", "sertraline", "citalopram", "lévothyroxine", "méthotrexate", "apixaban", "prednisolone"},
		"nl": {"metformine", "ramipril", "bisoprolol", "atorvastatine", "omeprazol", "pantoprazol", "sertraline", "citalopram", "levothyroxine", "methotrexaat", "apixaban", "prednisolon"},
		"pl": {"metformina", "ramipryl", "bisoprolol", "atorwastatyna", "omeprazol", "pantoprazol", "sertralina", "citalopram", "lewotyroksyna", "metotreksat", "apiksaban", "prednizolon"},
	}
}

// labNames are analytes with "#" for the value.
func labNames() map[string][]string {
	return map[string][]string{
		"en": {"HbA1c # %", "Creatinine # mg/dL", "Hemoglobin # g/dL", "TSH # mIU/L", "CRP # mg/L", "Potassium # mmol/L", "LDL cholesterol # mmol/L", "Leukocytes # 10^9/L", "Glucose # mmol/L", "ALT # U/L"},
		"de": {"HbA1c # %", "Kreatinin # mg/dl", "Hämoglobin # g/dl", "TSH # mU/l", "CRP # mg/l", "Kalium # mmol/l", "LDL-Cholesterin # mmol/l", "Leukozyten # G/l", "Glukose # mmol/l", "GPT # U/l"},
		"fr": {"HbA1c # %", "Créatinine # mg/dL", "Hémoglobine # g/dL", "TSH # mUI/L", "CRP # mg/L", "Potassium # mmol/L", "LDL cholestérol # mmol/L", "Leucocytes # G/L", "Glycémie # mmol/L", "ALAT # UI/L"},
		"nl": {"HbA1c # %", "Kreatinine # mg/dl", "Hemoglobine # mmol/l", "TSH # mU/l", "CRP # mg/l", "Kalium # mmol/l", "LDL-cholesterol # mmol/l", "Leukocyten # 10^9/l", "Glucose # mmol/l", "ALAT # U/l"},
		"pl": {"HbA1c # %", "Kreatynina # mg/dl", "Hemoglobina # g/dl", "TSH # mU/l", "CRP # mg/l", "Potas # mmol/l", "Cholesterol LDL # mmol/l", "Leukocyty # tys/µl", "Glukoza # mmol/l", "ALT # U/l"},
	}
}
