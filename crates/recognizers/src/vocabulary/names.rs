//! Words around personal names, and words that are none.

use super::Row;
use crate::tags::Tags;

/// The table.
pub const ROWS: &[Row] = &[
    (
        Tags::TITLE,
        "mr|mrs|ms|miss|mx|dr|drs|prof|professor|sir|madam|dame|lord|lady|rev|reverend|father|sister|brother|pastor|rabbi|imam|fr|capt|captain|lt|lieutenant|lieut|sgt|sergeant|col|colonel|gen|general|maj|major|\
         cpl|corporal|officer|detective|inspector|constable|judge|justice|president|senator|sen|congressman|congresswoman|governor|gov|mayor|minister|chancellor|ambassador|secretary|\
         king|queen|prince|princess|pope|saint|coach|nurse|doctor|attorney|messrs|mister|uncle|aunt|auntie|chief|superintendent|sheriff|deputy|hon|emperor|bishop|cardinal|archbishop|sheikh|shri|smt|kumari|\
         señor|señora|señorita|sr|sra|srta|sres|don|doña|dña|dra|doctora|profesor|profesora|licenciado|licenciada|lic|ing|ingeniero|abogado|presidente|presidenta|ministro|ministra|rey|reina|príncipe|\
         princesa|papa|alcalde|capitán|general|coronel|padre|hermano|hermana|fray|sor|juez|jueza|enfermera|enfermero|alcaldesa|senador|senadora|diputado|diputada|gobernador|herr|frau|monsieur|madame|mme|mlle|signor|signora",
    ),
    (
        Tags::NAME,
        "name|full name|first name|last name|surname|family name|given name|given names|middle name|maiden name|legal name|father's name|mother's name|spouse|spouse's name|husband|wife|applicant|applicant name|\
         cardholder|cardholder name|card holder|account holder|account name|policy holder|policyholder|beneficiary|guest|guest name|traveler|traveller|traveler name|patient|patient name|employee|employee name|\
         contact|emergency contact|next of kin|contact person|contact name|bill to|billed to|ship to|deliver to|sold to|attn|attention|customer|customer name|client|client name|agent|manager|signed|signed by|prepared by|\
         approved by|reviewed by|authorized by|author|sender|recipient|tenant|landlord|buyer|seller|owner|registered to|registered owner|head of household|worker|mgnrega worker|interviewer|physician|attending|\
         family doctor|my name is|my name's|name is|name was|this is|i am called|called|named|known as|goes by|dear|hi|hello|hey|thx|cc|to|from|assigned to|insured|claimant|plaintiff|defendant|witness|victim|suspect|\
         student|student name|teacher|parent|guardian|child|son|daughter|nominee|payee|payer|borrower|lender|co-signer|on file for|belongs to|account of|voter|elector|principal|supervisor|reported by|requested by|submitted by|please page|paging|\
         nombre|nombres|apellido|apellidos|nombre completo|nombre y apellidos|me llamo|mi nombre es|se llama|soy|titular|titular de la tarjeta|cliente|el cliente|paciente|médico|médica|remitido por|responsable clínico|\
         regards|best regards|kind regards|warm regards|sincerely|yours sincerely|sincerely yours|yours truly|respectfully|cordially|best|thanks|many thanks|thank you|cheers|love|warmly|take care|it's|its|according to|hola|saludos|saludos cordiales|un saludo|un cordial saludo|cordialmente|atte|passenger|passenger name|pasajero|huésped|estimado|estimada|querido|querida|firmado|firmado por|atentamente|solicitante|beneficiario|asegurado|empleado|empleada|contacto|destinatario|remitente|autor|llamar a|reunión con|hable con|hablar con|inquilino|propietario|arrendatario|hijo de|hija de",
    ),
    (
        Tags::BEFORE_NAME,
        "met|meet|with|by|for|to|from|and|told|asked|thanks|thank you|thx|regards|best regards|kind regards|sincerely|yours sincerely|cheers|yours truly|respectfully|love|cordially|best wishes|ask|ping|email|call|\
         saw|see|contact|reach|tell|hired|married|interviewed|named|according to|named|against|between|its|it's|i'm|im|saludos|saludos cordiales|un saludo|cordialmente|con|por|para|y|a|gracias|llama a|llamar a|según|atte|abrazos",
    ),
    (
        Tags::AFTER_NAME,
        "said|says|told|asked|wrote|writes|replied|added|noted|lives|lived|works|worked|called|emailed|signed|died|born|was born|joined|announced|stated|explained|alleged|claimed|complained|argued|testified|\
         thinks|wants|won|scored|sang|tweeted|married|resigned|applied|lodged|submitted|and i|dijo|vive|trabaja|nació|murió|escribió|llamó|firmó|explicó|afirmó|declaró|añadió|señaló|ganó",
    ),
    (Tags::NAME_SUFFIX, "jr|sr|ii|iii|iv|phd|md|esq|dds|mba"),
    (
        Tags::PARTICLE,
        "de|del|de la|de las|de los|la|las|los|van|van der|van den|van de|der|den|von|von der|zu|da|das|do|dos|di|du|des|le|bin|ibn|al|el|abu|ben|y|e|ter|ten|st|san|santa|mc|mac|o|d|dela|af|av|til|na|della|degli|delle|dei|dello",
    ),
    (
        Tags::COMPANY,
        "inc|incorporated|ltd|limited|llc|llp|lp|plc|corp|corporation|company|co|& co|gmbh|ag|sa|s.a|s.l|sl|s.l.u|slu|s.a.u|sau|srl|s.r.l|s.a. de c.v|sas|bv|nv|oy|ab|as|pty|pty ltd|pvt|pvt ltd|private limited|kk|\
         group|groups|holdings|holding|technologies|technology|partners|partnership|foundation|logistics|insurance|bank|bancorp|banco|caja|trust|fund|funds|capital|ventures|industries|enterprises|solutions|systems|\
         services|consulting|consultants|associates|international|labs|laboratories|studios|media|entertainment|records|pictures|motors|airlines|airways|energy|oil|petroleum|pharmaceuticals|pharma|chemicals|foods|\
         stores|supermarket|restaurant|cafe|hotel|hotels|resort|resorts|realty|properties|estates|software|networks|communications|telecom|electronics|securities|investments|financial|mutual|\
         sociedad|compañía|grupo|seguros|empresa|fundación|asociación|consultores|asesores|hermanos|hnos|e hijos",
    ),
    (
        Tags::INSTITUTION,
        "house|university|college|school|academy|institute|hospital|clinic|medical center|center|centre|church|cathedral|museum|library|airport|station|stadium|arena|theater|theatre|court|tribunal|council|committee|commission|\
         ministry|department|agency|bureau|office|parliament|senate|congress|assembly|association|society|union|federation|league|club|team|party|army|navy|force|police|prison|park|bridge|tower|building|mall|festival|\
         awards|award|prize|cup|championship|tournament|olympics|street|act|law|code|convention|treaty|agreement|rules|directive|regulation|amendment|project|program|programme|conference|summit|times|post|news|journal|\
         magazine|gazette|tribune|herald|daily|show|movie|film|series|album|song|book|game|games|county|city|town|state|district|region|province|republic|kingdom|island|islands|river|lake|mountain|mount|valley|bay|\
         beach|coast|ocean|sea|gulf|desert|forest|hill|hills|falls|springs|creek|canyon|peninsula|\
         syndrome|disease|disorder|scale|score|test|sign|method|procedure|criteria|classification|staging|technique|\
         universidad|colegio|escuela|instituto|hospital|clínica|centro|iglesia|catedral|museo|biblioteca|aeropuerto|estación|estadio|tribunal|ministerio|departamento|servicio|complejo hospitalario|hospital universitario|\
         síndrome|enfermedad|signo|escala|clasificación|técnica|método|maniobra|prueba|test de|sociedad|comisión|consejo|ayuntamiento|comunidad|real|facultad|fundación|unidad|sección|área|barrio|parque|puente|río|lago|sierra|isla|islas|golfo|bahía",
    ),
    (
        Tags::NOT_A_NAME,
        "the|a|an|i|he|she|it|we|you|they|me|him|her|us|them|my|your|his|its|our|their|this|that|these|those|here|there|who|what|when|where|why|how|which|and|or|but|if|so|not|no|yes|ok|okay|please|thanks|thank|sorry|hello|hi|hey|dear|\
         in|on|at|of|for|with|by|from|to|as|is|was|are|were|be|been|being|have|has|had|do|does|did|can|could|would|should|will|shall|may|might|must|all|some|any|every|each|both|many|much|more|most|other|another|such|only|\
         new|old|good|great|best|first|last|next|one|two|three|four|five|six|seven|eight|nine|ten|today|tomorrow|yesterday|now|then|just|also|very|too|again|still|never|always|after|before|during|since|until|while|because|\
         although|however|therefore|furthermore|moreover|meanwhile|re|fw|fwd|subject|date|time|day|week|month|year|lol|omg|rt|lmao|wtf|idk|gonna|wanna|gotta|oh|ah|wow|haha|yeah|yep|nope|happy|birthday|christmas|easter|\
         english|spanish|french|german|american|british|european|chinese|japanese|indian|russian|turkish|italian|african|asian|muslim|christian|catholic|jewish|islamic|\
         god|jesus|christ|allah|internet|google|facebook|twitter|youtube|instagram|apple|microsoft|amazon|iphone|ipad|android|windows|linux|xbox|\
         email|phone|address|name|number|account|card|order|invoice|total|amount|payment|customer|agent|user|password|login|error|info|warn|warning|debug|status|id|type|data|file|page|section|article|rule|chapter|paragraph|\
         government|applicant|applicants|plaintiff|defendant|respondent|witness|judge|lawyer|attorney|doctor|patient|nurse|manager|director|president|minister|employee|employer|officer|branch|branch manager|sales|support|team|\
         el|la|los|las|un|una|unos|unas|lo|le|les|se|su|sus|mi|mis|tu|tus|nuestro|nuestra|este|esta|estos|estas|ese|esa|eso|aquel|yo|él|ella|ellos|ellas|nosotros|usted|ustedes|que|quien|cual|cuando|donde|como|porque|pero|y|o|u|ni|\
         si|no|sí|también|tampoco|muy|más|menos|ya|aún|todavía|siempre|nunca|ahora|hoy|ayer|mañana|entonces|después|antes|durante|desde|hasta|para|por|con|sin|sobre|entre|según|tras|ante|bajo|hacia|es|era|fue|son|eran|ser|estar|está|\
         fecha|paciente|varón|mujer|hombre|edad|sexo|datos|informe|médico|diagnóstico|tratamiento|antecedentes|exploración|pruebas|evolución|ingreso|motivo|historia|actual|nombre|apellidos|domicilio|teléfono|correo|ambos|dado|debido|ante",
    ),
    (
        Tags::BEFORE_AGE,
        "i am|i'm|im|he is|she is|he's|she's|who is|who's|turned|turns|turning|just turned|is now|was|is|tiene|tengo|tenía|cumplió|cumple|cumplí|de|con",
    ),
];
