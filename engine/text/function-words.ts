/**
 * The commonest function words by language: what a sentence can hardly do without, so that a few of them tell the
 * language. Words that English uses for something else are left out where they would mislead.
 */
const LISTS: Readonly<Record<string, string>> = {
  en: `the of and to in is are was were be been being for on with as at by from that this these those it its an or not but
    have has had do does did can could will would shall should may might must what which who whom whose when where why how
    i you he she we they me him her us them my your his our their there here if then than so such into onto about after
    before between through during without within against over under again only own same too very just any each both few
    more most other some no nor all`,
  de: `der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine ist sind war waren wird werden
    wurde wurden hat haben hatte ich du er sie es wir ihr mich mir dich sich uns wie was wer wo wann warum welche welcher
    welches welchem welchen wieviel wieviele viele mit von vom zu zum zur im auf aus bei für nach über unter vor durch gegen
    ohne um am als auch noch nur schon sehr kann können muss soll dass wenn weil ob dieser diese dieses mein meine sein
    seine ihre mehr zwischen gibt gab hier da wen wem wessen wofür worum wovon worüber woran worauf wohin woher wodurch seiner seinem
    seinen ihrer ihrem ihren jede jeder jedes jedem jeden nachdem obwohl während bevor zwei drei laut oft lange immer wieder
    etwas nichts alle allen aller beim damit dann denn doch einige in jetzt kannst man meiner ihnen ob sind soll vom wollte`,
  es: `el la los las un una unos unas de del al y e o u pero no ni es son era fue ser está están estaba hay que qué quién quien
    cuál cuáles cómo como cuándo cuando dónde donde cuánto cuántos por para con sin sobre entre desde hasta en se su sus mi
    mis tu lo le les nos me te yo él ella ellos este esta esto estos estas ese esa eso más muy también ya si sí puedo puede
    tiene tienen hacer porque`,
  fr: `le la les un une des du de et ou mais ne pas est sont était étaient être été a ont avait qui que quoi quel quelle quels
    quelles comment quand où pourquoi combien dans sur sous avec sans pour par en au aux ce cet cette ces se sa son ses leur
    leurs mon ma mes ton votre vos notre nos je tu il elle nous vous ils elles on y plus très aussi entre depuis chez si
    peut faire fait dont`,
  it: `il lo la i gli le un uno una di del dello della dei degli delle e ed o ma non è sono era erano essere che chi cosa
    quale quali come quando dove perché quanto quanti per con senza su sul sulla tra fra da dal dalla dai nel nella nei nelle
    in al alla ai alle si mi ti ci suo sua suoi loro questo questa questi queste più molto anche già se può hanno ha fare`,
  pt: `o a os as um uma uns umas de do da dos das e ou mas não é são era foi ser está estão há que quem qual quais como quando
    onde porquê por para com sem sobre entre desde até em no na nos nas ao aos à se seu sua seus suas meu minha lo lhe eu ele
    ela eles este esta isto esse essa isso mais muito também já posso pode tem têm fazer porque pelo pela`,
  nl: `de het een en of maar niet geen is zijn was waren wordt worden werd heeft hebben had ik je jij hij zij ze wij we jullie
    mij hem haar ons wat wie waar wanneer waarom welke welk hoe hoeveel met van voor op aan uit bij naar over onder tussen
    door tegen zonder om te ten ter als ook nog al dan dat die dit deze er kan kunnen moet zou mijn uw meer veel`,
  sv: `och att det den de en ett är var som på av för med till från om inte har hade kan ska skulle blir blev jag du han hon vi
    ni mig dig sig oss vad vem vilken vilket vilka när varför hur många mycket eller men så också under över mellan efter
    utan genom mot vid min din sin detta denna dessa finns`,
  da: `og at det den de en et er var som på af for med til fra om ikke har havde kan skal skulle bliver blev jeg du han hun vi
    mig dig sig os hvad hvem hvilken hvilket hvilke hvornår hvor hvorfor hvordan mange meget eller men så også under over
    mellem efter uden gennem mod ved min din sin dette denne disse findes`,
  no: `og at det den de en et ei er var som på av for med til fra om ikke har hadde kan skal skulle blir ble jeg du han hun vi
    meg deg seg oss hva hvem hvilken hvilket hvilke når hvor hvorfor hvordan mange mye eller men så også under over mellom
    etter uten gjennom mot ved min din sin dette denne disse finnes`,
  fi: `ja on ei oli ovat olla en että se sen ne hän minä sinä me te he mikä mitä kuka missä milloin miksi miten kuinka monta
    tai mutta kun jos niin myös vain kuin ole olen tämä tämän nämä joka jotka jossa voi voiko kanssa ilman ennen jälkeen
    välillä hyvin enemmän`,
  pl: `i w z na do nie się jest są był była było były być to że co kto który która które jak jaki jaka jakie kiedy gdzie dlaczego
    ile dla od po przez przed pod nad między bez ze o u oraz lub ale czy tego tym ten ta te jego jej ich mój moja można może
    ma mają bardzo więcej także już tylko`,
  cs: `a v z na do se je jsou byl byla bylo byli být to že co kdo který která které jak jaký jaká jaké kdy kde proč kolik pro od
    po přes před pod nad mezi bez ze s u nebo ale zda tento tato toto jeho její jejich můj může mohu má mají velmi více také
    už jen při není`,
  ro: `și şi în la de pe cu din nu este sunt era erau fi fost un o unei unui cel cea cei cele care ce cine cum când unde pentru
    prin sau dar că să se își lui lor mai foarte după între fără până dacă poate are au acest această aceste`,
  hu: `a az és vagy nem van volt voltak lesz hogy mi ki mit kit melyik milyen mikor hol miért hogyan hány mennyi egy ez ezt azt
    meg de is csak még már mint ha után előtt között nélkül által szerint lehet kell ami aki amely nagyon több`,
  tr: `ve bir bu şu o ile için gibi ne nasıl neden niçin kim hangi nerede nereye zaman kaç mi mı mu mü de da değil var yok olan
    olarak daha en çok ama veya ya ki kadar sonra önce her ben sen biz siz onlar benim olur oldu eder etmek`,
  id: `yang dan di ke dari untuk dengan pada adalah ini itu tidak bukan atau tetapi dalam akan sudah telah bisa dapat apa siapa
    bagaimana kapan mana mengapa berapa saya kami kita anda mereka oleh sebagai karena jika lebih juga ada cara`,
  vi: `và của là có không được cho trong với các những một này đó từ đến khi nào như thế làm sao ai gì đâu tại vì nhưng hoặc cũng
    đã đang sẽ rất nhiều hơn trên dưới người tôi bạn`,
  ru: `и в во не на я что как это он она они мы вы ты по но из у за от о об для с со к ко же бы или а до при так только его её ее их
    был была было были быть есть нет когда где почему кто какой какая какие какое сколько можно который которая которые чем
    если уже ещё еще мой все после перед между без под над`,
  uk: `і й та в у не на я що як це він вона вони ми ви ти по але з із за від о про для до же би або при так тільки його її їх був
    була було були бути є немає коли де чому хто який яка які яке скільки можна який котрий чим якщо вже ще мій всі після
    перед між без під над`,
  bg: `и в във не на аз че какво как това той тя те ние вие ти по но от у за до с със към или а при така само неговия беше бяха
    бъде е са няма кога къде защо кой коя кои кое колко може който която които ако вече още след преди между без под над ще се`,
};

/** ISO 639-1 codes whose function words are known. */

const languagesByWord = new Map<string, string[]>();
for (const [language, list] of Object.entries(LISTS)) {
  for (const word of new Set(list.split(/\s+/))) {
    const known = languagesByWord.get(word);
    if (known === undefined) languagesByWord.set(word, [language]);
    else known.push(language);
  }
}

/** Languages in which the lower-case word is a function word; empty for any other word. */
export const languagesOfWord = (word: string): readonly string[] => languagesByWord.get(word) ?? [];
