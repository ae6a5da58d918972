package detect

import "slices"

// catalogue is every detector. Keywords are the organisation's own.
func catalogue(keywords []string) []detector {
	return slices.Concat([]detector{iban(), keyword(keywords), paymentCard(), plPesel(), usSSN()}, identifiers(), contact(), health(), secrets())
}

// orderWords name numbers that are nobody's identifier.
func orderWords() []string {
	return words(
		"en: order, order no, order number, order id, tracking, tracking number, shipment, parcel, consignment, invoice, invoice number, invoice no, ticket, ticket number, case number, reference number, ref no, serial number, serial no, part number, part no, article number, item number, SKU, IMEI, IMSI, ISBN, ISSN, EAN, GTIN, UPC, UUID, barcode, transaction id, request id, message id, session id, phone, telephone, mobile, fax, VAT, meter reading",
		"de: Bestellung, Bestellnummer, Bestell, Auftrag, Auftragsnummer, Sendungsnummer, Sendung, Paketnummer, Rechnung, Rechnungsnummer, Rechnungs, Vorgangsnummer, Aktenzeichen, Artikelnummer, Seriennummer, Ticketnummer, Telefon, Tel, Telefonnummer, Handy, Mobil, Zählernummer, USt, Lieferschein",
		"fr: commande, numéro de commande, colis, suivi, numéro de suivi, facture, numéro de facture, référence, numéro de série, dossier, téléphone, tél, portable, bon de livraison",
		"nl: bestelling, bestelnummer, ordernummer, zending, pakket, factuur, factuurnummer, serienummer, artikelnummer, telefoon, telefoonnummer",
		"pl: zamówienie, zamówienia, numer zamówienia, przesyłka, przesyłki, paczka, faktura, faktury, numer faktury, numer seryjny, telefon, tel, kom, komórka, zgłoszenie, sprawa, REGON, NIP, KRS",
		"es: pedido, número de pedido, envío, paquete, seguimiento, factura, número de factura, referencia, número de serie, teléfono, móvil, albarán",
		"it: ordine, numero ordine, numero d'ordine, spedizione, pacco, tracciamento, fattura, numero fattura, riferimento, numero di serie, telefono, cellulare, bolla",
		"nordic: beställning, ordernummer, faktura, fakturanummer, försändelse, kollinummer, bestilling, ordrenummer, forsendelse, pakkenummer, tilaus, tilausnumero, lähetys, lasku, laskunumero, puhelin, telefonnummer",
	)
}

// healthWords stand in text on somebody's health.
func healthWords() []string {
	return words(
		"en: ICD, ICD code, diagnosis, diagnoses, diagnosed, patient, patients, medical record, medical history, clinical, hospital, physician, symptoms, prognosis, treatment plan, discharge summary, discharge letter, medication, comorbidity",
		"de: Diagnose, Diagnosen, diagnostiziert, Hauptdiagnose, Nebendiagnose, Patient, Patientin, Patienten, Krankenhaus, Klinik, Arztbrief, Befund, Befunde, Anamnese, Entlassungsbrief, Erkrankung, Krankheit, Krankheitsbild, Therapie, Arbeitsunfähigkeit, Arbeitsunfähigkeitsbescheinigung",
		"fr: CIM, diagnostic, diagnostics, diagnostiqué, diagnostiquée, patiente, dossier médical, hôpital, maladie, antécédents, ordonnance, compte rendu médical, arrêt maladie",
		"nl: diagnose, diagnoses, gediagnosticeerd, patiënt, patiënten, ziekenhuis, ziekte, aandoening, medisch dossier, ontslagbrief, huisarts",
		"pl: rozpoznanie, rozpoznania, rozpoznano, diagnoza, diagnozę, pacjent, pacjenta, pacjentka, pacjentki, szpital, szpitala, choroba, choroby, schorzenie, wypis, historia choroby, karta leczenia, kod choroby, zwolnienie lekarskie",
		"es: CIE, diagnóstico, diagnósticos, diagnosticado, diagnosticada, paciente, pacientes, enfermedad, historia clínica, hospital, baja médica, informe médico",
		"it: diagnosi, diagnosticato, diagnosticata, paziente, pazienti, malattia, patologia, ospedale, cartella clinica, referto, lettera di dimissione, certificato medico",
		"nordic: diagnos, diagnoser, diagnosen, patienten, patienter, sjukhus, sjukdom, läkare, pasient, pasienten, sykehus, sykdom, sygehus, sygdom, diagnoosi, potilas, potilaan, sairaala, sairaus",
	)
}
