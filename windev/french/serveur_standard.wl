// Un serveur standard : un canal et un thread pour chaque client ; ce qu'un client dit lui revient.
// Se lance par ThreadExécute("caisse", threadNormal, "ServeurStandard") et se termine par wdSocketFerme("caisse").

PROCEDURE ServeurStandard()
SI PAS wdSocketCrée("caisse", 4000) ALORS
	Trace(ErreurInfo())
	RETOUR
FIN
// Attend le client suivant tant que le serveur est ouvert
TANTQUE wdSocketAttendConnexion("caisse")
	sCanal est une chaîne = wdSocketAccepte("caisse")
	SI sCanal <> "" ALORS ThreadExécute(sCanal, threadNormal, "SertClient", sCanal)
FIN

PROCEDURE SertClient(LOCAL sCanal est une chaîne)
// La vie d'un client
BOUCLE
	bufMessage est un Buffer = wdSocketLit(sCanal)
	SI wdSocketErreurCode() <> WDSOCKET_OK ALORS SORTIR
	SI PAS wdSocketEcrit(sCanal, bufMessage) ALORS SORTIR
FIN
wdSocketFerme(sCanal)
