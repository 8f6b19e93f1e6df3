// Un serveur simplifié : un client à la fois, et un seul nom pour tout. La première lecture prend le client.
// Se lance par ThreadExécute("caisse", threadNormal, "ServeurSimplifié") et se termine par wdSocketFerme("caisse").

PROCEDURE ServeurSimplifié()
SI PAS wdSocketCrée("caisse", 4000) ALORS
	Trace(ErreurInfo())
	RETOUR
FIN
bOuvert est un booléen = Vrai
TANTQUE bOuvert
	sCommande est une chaîne = wdSocketLit("caisse")
	SELON wdSocketErreurCode()
		CAS WDSOCKET_OK
			Trace(wdSocketClientInfo("caisse", wdSocketAdresse) + " commande : " + sCommande)
			wdSocketEcrit("caisse", "Cela fait 3 euros")
		CAS WDSOCKET_ERR_CLOSED, WDSOCKET_ERR_LOST
			Trace("Le client est parti, le suivant peut venir")
		AUTRE CAS
			// WDSOCKET_ERR_CANCELLED : wdSocketFerme a été appelée
			Trace(ErreurInfo())
			bOuvert = Faux
	FIN
FIN
