package detect

import "strings"

// What a hospital in one country calls the number of a patient from another:
// "numéro national belge", "Polish tax number". Each of these is what stands
// beside a country's adjective; with the word order of some languages it is
// the end of the name, and "numéro d'identification" is told by its last word.
const (
	person = "{en} national id, {en} national number, {en} national identity number, {en} national identification number, {en} identity number, {en} identification number, {en} personal number, {en} personal identity number, {en} personal identification number, {en} personal code, {en} id number, {en} id, {en} personal id, {en} personal id code, {en} personal identification code, {en} citizen number, {en} national identity, {en} civil number, " +
		"{de} Personennummer, {de} Personenkennzahl, {de} Personenkennziffer, {de} Identifikationsnummer, {de} Identitätsnummer, {de} Bürgernummer, {de} ID, " +
		"national {fr}, identité {fr}, identification {fr}, " +
		"{nl} persoonsnummer, {nl} identificatienummer, {nl} identiteitsnummer, {nl} nationaal nummer, {nl} burgernummer, " +
		"{pl} numer identyfikacyjny, {pl} numeru identyfikacyjnego, {pl} numer osobisty, {pl} numer osobowy, {pl} identyfikator, {pl} numer ewidencyjny, " +
		"identificazione {it}, identificativo {it}, identità {it}, fiscale {it}, " +
		"identificación {es}, identidad {es}, nacional {es}, citoyen {fr}, personnel {fr}, naissance {fr}, {sv} personnummer, {sv} id-nummer, {sv} identitetsnummer, {sv} identifikationsnummer, {sv} personnr"
	tax = "{en} tax number, {en} tax id, {en} tax id number, {en} tax identification number, {en} taxpayer number, {en} taxpayer id, {en} TIN, {en} tax reference, {en} tax code, " +
		"{de} Steuernummer, {de} Steuer-ID, {de} Steueridentifikationsnummer, {de} Steuer-Identifikationsnummer, {de} Steueridentnummer, " +
		"fiscal {fr}, fiscale {fr}, {nl} fiscaal nummer, {nl} belastingnummer, {nl} fiscaal identificatienummer, " +
		"{pl} numer podatkowy, {pl} numeru podatkowego, {pl} numer identyfikacji podatkowej, {pl} NIP, " +
		"fiscale {it}, tributario {it}, fiscal {es}, tributario {es}, tributaria {es}, {sv} skattenummer, {sv} skatte-id, {sv} skatteidentifikationsnummer"
	social = "{en} social security number, {en} social insurance number, {en} national insurance number, {en} insurance number, {en} pension insurance number, " +
		"{de} Sozialversicherungsnummer, {de} Versicherungsnummer, {de} Sozialversicherung, {de} Rentenversicherungsnummer, {de} SV-Nummer, " +
		"sécurité sociale {fr}, assurance sociale {fr}, {nl} socialezekerheidsnummer, {nl} sociaal verzekeringsnummer, {nl} verzekeringsnummer, " +
		"{pl} numer ubezpieczenia, {pl} numeru ubezpieczenia, {pl} ubezpieczenie społeczne, " +
		"previdenza sociale {it}, sicurezza sociale {it}, assicurazione sociale {it}, seguridad social {es}, seguro social {es}, {sv} socialförsäkringsnummer, {sv} försäkringsnummer, {sv} trygdenummer, {sv} socialsikringsnummer"
	healthcare = "{en} health number, {en} health insurance number, {en} health service number, {en} patient number, {en} healthcare number, " +
		"{de} Krankenversicherungsnummer, {de} Krankenversichertennummer, {de} Patientennummer, {de} Gesundheitsnummer, " +
		"assurance maladie {fr}, assuré {fr}, {nl} zorgnummer, {nl} zorgverzekeringsnummer, {nl} patiëntnummer, " +
		"{pl} numer ubezpieczenia zdrowotnego, {pl} numer pacjenta, tessera sanitaria {it}, tarjeta sanitaria {es}, {sv} sjukförsäkringsnummer, {sv} patientnummer"
	idCard = "{en} id card, {en} identity card, {en} id card number, {en} identity card number, {en} identity document, {en} passport, {en} passport number, " +
		"{de} Personalausweis, {de} Ausweis, {de} Ausweisnummer, {de} Personalausweisnummer, {de} Reisepass, {de} Passnummer, " +
		"identité {fr}, passeport {fr}, {nl} identiteitskaart, {nl} ID-kaart, {nl} paspoort, {nl} paspoortnummer, " +
		"{pl} dowód osobisty, {pl} dowodu osobistego, {pl} dowód tożsamości, {pl} paszport, {pl} numer paszportu, " +
		"identità {it}, passaporto {it}, identidad {es}, pasaporte {es}, {sv} ID-kort, {sv} identitetskort, {sv} legitimation, {sv} pass, {sv} passnummer"
)

// abroad are the names of some of a country's numbers in English, German,
// French, Dutch, Polish, Italian, Spanish and the Scandinavian languages.
func abroad(country string, kinds ...string) []string {
	adjectives := map[string]string{}
	umlauts := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue") // as written where there are none
	for language := range strings.SplitSeq(nationality(country), ", ") {
		name, forms, _ := strings.Cut(language, " ")
		adjectives["{"+name+"}"] = forms
	}
	var all []string
	for name := range strings.SplitSeq(strings.Join(kinds, ", "), ", ") {
		open := strings.IndexByte(name, '{')
		slot := name[open : open+4]
		for form := range strings.SplitSeq(adjectives[slot], "/") {
			full := strings.Replace(name, slot, form, 1)
			all = append(all, full)
			if plain := umlauts.Replace(full); slot == "{de}" && plain != full {
				all = append(all, plain)
			}
		}
	}
	return all
}

// nationality is a country's adjective in the forms that stand beside
// "number", "card" and "code".
func nationality(country string) string {
	switch country {
	case "at":
		return "en Austrian, de österreichische/österreichischen/österreichischer, fr autrichien/autrichienne, nl Oostenrijks/Oostenrijkse, pl austriacki/austriackiego/austriackie, it austriaco/austriaca, es austriaco/austriaca, sv österrikiskt/österrikisk/østrigsk"
	case "au":
		return "en Australian, de australische/australischen/australischer, fr australien/australienne, nl Australisch/Australische, pl australijski/australijskiego/australijskie, it australiano/australiana, es australiano/australiana, sv australiskt/australisk/australsk"
	case "be":
		return "en Belgian, de belgische/belgischen/belgischer, fr belge, nl Belgisch/Belgische, pl belgijski/belgijskiego/belgijskie, it belga, es belga, sv belgiskt/belgisk"
	case "bg":
		return "en Bulgarian, de bulgarische/bulgarischen/bulgarischer, fr bulgare, nl Bulgaars/Bulgaarse, pl bułgarski/bułgarskiego/bułgarskie, it bulgaro/bulgara, es búlgaro/búlgara, sv bulgariskt/bulgarisk/bulgarsk"
	case "br":
		return "en Brazilian, de brasilianische/brasilianischen/brasilianischer, fr brésilien/brésilienne, nl Braziliaans/Braziliaanse, pl brazylijski/brazylijskiego/brazylijskie, it brasiliano/brasiliana, es brasileño/brasileña, sv brasilianskt/brasiliansk"
	case "ca":
		return "en Canadian, de kanadische/kanadischen/kanadischer, fr canadien/canadienne, nl Canadees/Canadese, pl kanadyjski/kanadyjskiego/kanadyjskie, it canadese, es canadiense, sv kanadensiskt/kanadensisk/kanadisk"
	case "ch":
		return "en Swiss, de Schweizer/schweizerische/schweizerischen, fr suisse, nl Zwitsers/Zwitserse, pl szwajcarski/szwajcarskiego/szwajcarskie, it svizzero/svizzera, es suizo/suiza, sv schweiziskt/schweizisk/sveitsisk"
	case "cz":
		return "en Czech, de tschechische/tschechischen/tschechischer, fr tchèque, nl Tsjechisch/Tsjechische, pl czeski/czeskiego/czeskie, it ceco/ceca, es checo/checa, sv tjeckiskt/tjeckisk/tsjekkisk/tjekkisk"
	case "de":
		return "en German, de deutsche/deutschen/deutscher, fr allemand/allemande, nl Duits/Duitse, pl niemiecki/niemieckiego/niemieckie, it tedesco/tedesca, es alemán/alemana, sv tyskt/tysk"
	case "dk":
		return "en Danish, de dänische/dänischen/dänischer, fr danois/danoise, nl Deens/Deense, pl duński/duńskiego/duńskie, it danese, es danés/danesa, sv danskt/dansk"
	case "ee":
		return "en Estonian, de estnische/estnischen/estnischer, fr estonien/estonienne, nl Ests/Estse/Estlands, pl estoński/estońskiego/estońskie, it estone, es estonio/estonia, sv estniskt/estnisk/estisk"
	case "es":
		return "en Spanish, de spanische/spanischen/spanischer, fr espagnol/espagnole, nl Spaans/Spaanse, pl hiszpański/hiszpańskiego/hiszpańskie, it spagnolo/spagnola, es español/española, sv spanskt/spansk"
	case "fi":
		return "en Finnish, de finnische/finnischen/finnischer, fr finlandais/finlandaise, nl Fins/Finse, pl fiński/fińskiego/fińskie, it finlandese, es finlandés/finlandesa, sv finskt/finsk/finländskt/finländsk"
	case "fr":
		return "en French, de französische/französischen/französischer, fr français/française, nl Frans/Franse, pl francuski/francuskiego/francuskie, it francese, es francés/francesa, sv franskt/fransk"
	case "gr":
		return "en Greek, de griechische/griechischen/griechischer, fr grec/grecque, nl Grieks/Griekse, pl grecki/greckiego/greckie, it greco/greca, es griego/griega, sv grekiskt/grekisk/gresk/græsk"
	case "hr":
		return "en Croatian, de kroatische/kroatischen/kroatischer, fr croate, nl Kroatisch/Kroatische, pl chorwacki/chorwackiego/chorwackie, it croato/croata, es croata, sv kroatiskt/kroatisk"
	case "ie":
		return "en Irish, de irische/irischen/irischer, fr irlandais/irlandaise, nl Iers/Ierse, pl irlandzki/irlandzkiego/irlandzkie, it irlandese, es irlandés/irlandesa, sv irländskt/irländsk/irsk"
	case "in":
		return "en Indian, de indische/indischen/indischer, fr indien/indienne, nl Indiaas/Indiase, pl indyjski/indyjskiego/indyjskie, it indiano/indiana, es indio/india, sv indiskt/indisk"
	case "it":
		return "en Italian, de italienische/italienischen/italienischer, fr italien/italienne, nl Italiaans/Italiaanse, pl włoski/włoskiego/włoskie, it italiano/italiana, es italiano/italiana, sv italienskt/italiensk"
	case "lt":
		return "en Lithuanian, de litauische/litauischen/litauischer, fr lituanien/lituanienne, nl Litouws/Litouwse, pl litewski/litewskiego/litewskie, it lituano/lituana, es lituano/lituana, sv litauiskt/litauisk"
	case "lu":
		return "en Luxembourg/Luxembourgish, de luxemburgische/luxemburgischen/Luxemburger, fr luxembourgeois/luxembourgeoise, nl Luxemburgs/Luxemburgse, pl luksemburski/luksemburskiego/luksemburskie, it lussemburghese, es luxemburgués/luxemburguesa, sv luxemburgskt/luxemburgsk"
	case "nl":
		return "en Dutch, de niederländische/niederländischen/niederländischer, fr néerlandais/néerlandaise, nl Nederlands/Nederlandse, pl holenderski/holenderskiego/niderlandzki, it olandese, es neerlandés/holandés/holandesa, sv nederländskt/nederländsk/nederlandsk"
	case "no":
		return "en Norwegian, de norwegische/norwegischen/norwegischer, fr norvégien/norvégienne, nl Noors/Noorse, pl norweski/norweskiego/norweskie, it norvegese, es noruego/noruega, sv norskt/norsk"
	case "pl":
		return "en Polish, de polnische/polnischen/polnischer, fr polonais/polonaise, nl Pools/Poolse, pl polski/polskiego/polskie, it polacco/polacca, es polaco/polaca, sv polskt/polsk"
	case "pt":
		return "en Portuguese, de portugiesische/portugiesischen/portugiesischer, fr portugais/portugaise, nl Portugees/Portugese, pl portugalski/portugalskiego/portugalskie, it portoghese, es portugués/portuguesa, sv portugisiskt/portugisisk"
	case "ro":
		return "en Romanian, de rumänische/rumänischen/rumänischer, fr roumain/roumaine, nl Roemeens/Roemeense, pl rumuński/rumuńskiego/rumuńskie, it rumeno/rumena, es rumano/rumana, sv rumänskt/rumänsk/rumensk/rumænsk"
	case "se":
		return "en Swedish, de schwedische/schwedischen/schwedischer, fr suédois/suédoise, nl Zweeds/Zweedse, pl szwedzki/szwedzkiego/szwedzkie, it svedese, es sueco/sueca, sv svenskt/svensk"
	case "sk":
		return "en Slovak, de slowakische/slowakischen/slowakischer, fr slovaque, nl Slowaaks/Slowaakse, pl słowacki/słowackiego/słowackie, it slovacco/slovacca, es eslovaco/eslovaca, sv slovakiskt/slovakisk"
	case "tr":
		return "en Turkish, de türkische/türkischen/türkischer, fr turc/turque, nl Turks/Turkse, pl turecki/tureckiego/tureckie, it turco/turca, es turco/turca, sv turkiskt/turkisk/tyrkisk"
	case "uk":
		return "en British/UK, de britische/britischen/britischer, fr britannique, nl Brits/Britse, pl brytyjski/brytyjskiego/brytyjskie, it britannico/britannica, es británico/británica, sv brittiskt/brittisk/britisk"
	}
	return "en American/US, de amerikanische/amerikanischen/US, fr américain/américaine, nl Amerikaans/Amerikaanse, pl amerykański/amerykańskiego/amerykańskie, it americano/americana/statunitense, es americano/americana/estadounidense, sv amerikanskt/amerikansk"
}
