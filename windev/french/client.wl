// Un client : envoie un message à un serveur et montre la réponse.
// Se lance par Client(), après l'un des deux serveurs qui sont à côté de ce fichier.

PROCEDURE Client()
SI PAS wdSocketConnecte("caisse", 4000, "127.0.0.1") ALORS
	Trace(ErreurInfo())
	RETOUR
FIN
SI PAS wdSocketEcrit("caisse", "Bonjour") ALORS Trace(ErreurInfo())
sRéponse est une chaîne = wdSocketLit("caisse", Faux, 5 s)
SELON wdSocketErreurCode()
	CAS WDSOCKET_OK
		Trace("Le serveur répond : " + sRéponse)
	CAS WDSOCKET_ERR_TIMEOUT
		Trace("Le serveur ne répond pas")
	AUTRE CAS
		Trace(ErreurInfo())
FIN
wdSocketFerme("caisse")
