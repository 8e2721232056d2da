//! Parts of addresses: street types, units, directions, states.

use super::Row;
use crate::tags::Tags;

/// The table.
pub const ROWS: &[Row] = &[
    (
        Tags::STREET,
        "street|st|str|avenue|ave|av|road|rd|drive|dr|drv|lane|ln|boulevard|blvd|court|ct|crt|circle|cir|place|pl|terrace|ter|terr|way|parkway|pkwy|highway|hwy|square|sq|trail|trl|close|crescent|cres|cr|gardens|gdns|\
         grove|gr|gate|green|hill|mews|park|rise|row|view|walk|wharf|yard|alley|aly|loop|lp|path|pike|plaza|plz|point|pt|ridge|run|turnpike|tpke|expressway|expy|freeway|fwy|crossing|xing|parade|pde|esplanade|esp|\
         quay|promenade|broadway|causeway|bypass|cove|cv|glen|heights|hts|hollow|meadows|mill|mount|pass|spur|summit|vale|valley|vista|nagar|marg|road west|road east|layout|colony|chowk|bazaar|bazar|enclave|vihar|puram|gali|\
         street north|street south|street east|street west|junction|landing|knoll|chase|croft|drove|side|fields|approach|circuit|cct|cl|tce|via",
    ),
    (
        Tags::STREET_BEFORE,
        "calle|c/|cl|avenida|avda|avd|av|avda. de|paseo|plaza|pza|plza|carrer|carretera|ctra|camino|ronda|travesía|rua|rúa|rue|glorieta|urbanización|urb|pasaje|pje|callejón|costanilla|bulevar|gran vía|vía|cuesta|alameda|\
         rambla|barriada|polígono|autovía|carrera|jirón|jr|calzada|boulevard|avinguda|passeig|plaça|c. de|paseo de|calle de|rue de|via|viale|piazza|rambla de|camí|\
         allée|impasse|chemin|quai|cours|route de|faubourg|sentier|passage|place de|place du|avenue de|avenue du|boulevard de|boulevard du|esplanade|\
         corso|piazzale|piazzetta|vicolo|largo|strada|lungotevere|contrada|borgo|travessa|praça|estrada|rodovia|beco|ladeira|ul|ulica|aleja|osiedle|ulitsa|strada|bulevardul|calea|jalan|jl",
    ),
    (
        Tags::STREET_LAST,
        "straße|strasse|str|gasse|allee|platz|weg|ring|damm|ufer|wall|utca|u|út|útja|krt|körút|tér|rkp|sor|köz|gate|gata|gaten|vei|veien|veg|vej|gade|plads|\
         gatan|vägen|katu|tie|laan|straat|plein|kade|nám|náměstí|ulice|třída|sokak|sokağı|caddesi|cad|sk|bulvarı|iela|gatvė|tn|tänav",
    ),
    (
        Tags::UNIT,
        "apt|apartment|apto|apartamento|suite|unit|flat|floor|fl|level|lvl|room|rm|building|bldg|block|blk|tower|door|door no|house|house no|plot|plot no|shop|lot|dept|department|trailer|trlr|flat no|house no|plot no|shop no|room no|apt no|unit no|suite no|flat number|penthouse|ph|basement|h. no|h no|\
         piso|planta|puerta|pta|bloque|escalera|esc|portal|bajo|bajos|local|edificio|edif|ático|izquierda|izq|izda|derecha|dcha|dpto|departamento|int|interior|casa|villa",
    ),
    (
        Tags::DIRECTION,
        "n|s|e|w|ne|nw|se|sw|north|south|east|west|northeast|northwest|southeast|southwest",
    ),
    (
        Tags::PO_BOX,
        "po box|p.o. box|post office box|pobox|gpo box|locked bag|apartado de correos|apdo|apartado|apdo. de correos|pmb|private bag",
    ),
    (
        Tags::STATE,
        "alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|\
         missouri|montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|\
         virginia|washington|west virginia|wisconsin|wyoming|district of columbia|puerto rico|guam|american samoa|virgin islands|\
         alberta|british columbia|manitoba|new brunswick|newfoundland and labrador|newfoundland|nova scotia|ontario|prince edward island|quebec|saskatchewan|northwest territories|nunavut|yukon|\
         new south wales|queensland|south australia|tasmania|victoria|western australia|northern territory|australian capital territory|\
         andhra pradesh|arunachal pradesh|assam|bihar|chandigarh|chhattisgarh|delhi|goa|gujarat|haryana|himachal pradesh|jharkhand|karnataka|kerala|madhya pradesh|maharashtra|manipur|meghalaya|mizoram|nagaland|odisha|orissa|\
         punjab|rajasthan|sikkim|tamil nadu|telangana|tripura|uttar pradesh|uttarakhand|west bengal|jammu and kashmir|ladakh|puducherry|pondicherry|lakshadweep|andaman and nicobar islands|dadra and nagar haveli|daman and diu|new delhi",
    ),
    (
        Tags::STATE_CODE,
        "al|ak|az|ar|ca|co|ct|de|fl|ga|hi|id|il|in|ia|ks|ky|la|me|md|ma|mi|mn|ms|mo|mt|ne|nv|nh|nj|nm|ny|nc|nd|oh|ok|or|pa|ri|sc|sd|tn|tx|ut|vt|va|wa|wv|wi|wy|dc|pr|gu|vi|as|mp|\
         ab|bc|mb|nb|nl|ns|on|pe|qc|sk|nt|nu|yt|nsw|qld|sa|tas|vic|act|d.c",
    ),
    (
        Tags::COUNTRY,
        "usa|u.s.a|united states|united states of america|united kingdom|uk|u.k|england|scotland|wales|northern ireland|ireland|canada|australia|india|spain|españa|mexico|méxico|france|germany|italy|portugal|estados unidos|reino unido|\
         argentina|colombia|chile|perú|peru|new zealand|south africa|netherlands|belgium|switzerland|austria|sweden|norway|denmark|finland|poland|brazil|brasil|japan|china|marruecos|rumanía|ecuador|bolivia|venezuela|cuba|francia|alemania|italia|afghanistan|albania|algeria|american samoa|andorra|angola|anguilla|antarctica|antigua & barbuda|argentina\
         |armenia|aruba|azerbaijan|bahamas|bahrain|bangladesh|barbados|belarus|belize|benin|bermuda|bhutan|bosnia\
         |botswana|bouvet island|british indian ocean territory|british virgin islands|brunei|bulgaria|burkina faso\
         |burundi|cambodia|cameroon|cape verde|caribbean netherlands|cayman islands|central african republic\
         |christmas island|cocos islands|comoros|congo - brazzaville|congo - kinshasa|cook islands|costa rica|croatia\
         |curaçao|cyprus|czechia|côte d’ivoire|djibouti|dominica|dominican republic|egypt|el salvador|equatorial guinea\
         |eritrea|estonia|eswatini|ethiopia|falkland islands|faroe islands|fiji|french guiana|french polynesia\
         |french southern territories|gabon|gambia|ghana|gibraltar|greece|greenland|grenada|guadeloupe|guam|guatemala\
         |guernsey|guinea-bissau|guyana|haiti|heard & mcdonald islands|honduras|hong kong|hungary|iceland|indonesia|iran\
         |iraq|isle of man|jamaica|jersey|kazakhstan|kenya|kiribati|kuwait|kyrgyzstan|laos|latvia|lebanon|lesotho\
         |liberia|libya|liechtenstein|lithuania|luxembourg|macao|madagascar|malawi|malaysia|maldives|malta\
         |marshall islands|martinique|mauritania|mauritius|mayotte|micronesia|moldova|monaco|mongolia|montenegro\
         |montserrat|morocco|mozambique|myanmar|namibia|nauru|nepal|new caledonia|nicaragua|nigeria|niue|norfolk island\
         |north korea|north macedonia|northern mariana islands|oman|pakistan|palau|palestine|panama|papua new guinea\
         |paraguay|philippines|pitcairn|puerto rico|qatar|romania|russia|rwanda|réunion|samoa|san marino|saudi arabia\
         |senegal|serbia|seychelles|sierra leone|singapore|sint maarten|slovakia|slovenia|solomon islands|somalia\
         |south korea|south sudan|sri lanka|st. barthélemy|st. helena|st. kitts & nevis|st. lucia|st. martin\
         |st. pierre & miquelon|st. vincent & grenadines|sudan|suriname|svalbard & jan mayen|syria|são tomé & príncipe\
         |taiwan|tajikistan|tanzania|thailand|timor-leste|togo|tokelau|tonga|trinidad & tobago|tunisia|turkmenistan\
         |turks & caicos islands|tuvalu|türkiye|u.s. outlying islands|u.s. virgin islands|us|uganda|ukraine\
         |united arab emirates|uruguay|uzbekistan|vanuatu|vatican city|vietnam|wallis & futuna|western sahara|yemen\
         |zambia|zimbabwe|åland islands",
    ),
];
