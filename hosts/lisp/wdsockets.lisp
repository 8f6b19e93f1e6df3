;;; wdsocket for Common Lisp: strings and octets for what goes into buffers, conditions for failures.
;;; All else is called as wdsocket.lisp declares it: (must (SocketConnect "till" 5000 "192.0.2.7" -2)).

(defpackage #:wdsockets
  (:use #:common-lisp #:wdsocket)
  (:export #:socket-error #:code #:text #:must #:counted #:error-text #:or-null
           #:read-message #:read-text #:write-message #:accepted #:local-info #:client-info #:ssl-info))

(in-package #:wdsockets)

(define-condition socket-error (error)
  ((code :initarg :code :reader code :documentation "One of WDSOCKET_ERR_...")
   (text :initarg :text :reader text :documentation "The library's sentence."))
  (:report (lambda (failure stream) (format stream "~d ~a" (code failure) (text failure)))))

(defmacro told ((buffer capacity) call)
  "The text that CALL puts into BUFFER; a length below 0 is signalled."
  `(cffi:with-foreign-pointer (,buffer 4096 ,capacity)
     (text-of ,buffer (counted ,call))))

(defun text-of (buffer length)
  (values (cffi:foreign-string-to-lisp buffer :count length :encoding :utf-8)))

(defun error-text ()
  "The sentence about the last call of this thread."
  (cffi:with-foreign-pointer (buffer 4096 capacity)
    (text-of buffer (max 0 (SocketErrorInfo buffer capacity)))))

(defun fail ()
  (error 'socket-error :code (SocketErrorCode) :text (error-text)))

(defun must (answer)
  "Signals SOCKET-ERROR unless a yes/no function said 1."
  (unless (= answer 1) (fail)))

(defun counted (answer)
  "Signals SOCKET-ERROR if a length, an id or a count is -code; else gives it."
  (if (minusp answer) (fail) answer))

(defun or-null (text)
  "A text that may be left out: NIL is C's NULL."
  (or text (cffi:null-pointer)))

(defun named (name)
  "C would take the name up to its zero, which may be another socket's."
  (when (find (code-char 0) name)
    (error 'socket-error :code WDSOCKET_ERR_INVALID_ARGUMENT :text "a name holds a zero"))
  name)

(defun read-message (name &key undefined-wait (timeout WDSOCKET_DEFAULT) (capacity 65536))
  "SocketRead: one whole message, as octets. A larger one than the capacity is read all the same."
  (loop
    (cffi:with-foreign-pointer (buffer (max 1 capacity))
      (let ((length (SocketRead (named name) (if undefined-wait 1 0) timeout buffer capacity)))
        (unless (= length (- WDSOCKET_ERR_BUFFER_TOO_SMALL))
          (let ((octets (make-array (counted length) :element-type '(unsigned-byte 8))))
            (dotimes (i length)
              (setf (aref octets i) (cffi:mem-aref buffer :uint8 i)))
            (return octets)))))
    ;; The message has stayed; now its size is known.
    (setf capacity (counted (SocketPending name)))))

(defun read-text (name &rest keys)
  "SocketRead: one whole message that is text, in UTF-8."
  (babel:octets-to-string (apply #'read-message name keys) :encoding :utf-8))

(defun write-message (name message)
  "SocketWrite: octets, or a string in UTF-8, its zeros and all."
  (let* ((octets (if (stringp message) (babel:string-to-octets message :encoding :utf-8) message))
         (length (length octets)))
    (cffi:with-foreign-pointer (buffer (max 1 length))
      (dotimes (i length)
        (setf (cffi:mem-aref buffer :uint8 i) (aref octets i)))
      (must (SocketWrite (named name) buffer length)))))

(defun accepted (server)
  "SocketAccept: the name of the new channel."
  (told (buffer capacity) (SocketAccept (named server) buffer capacity)))

(defun local-info (name info)
  (told (buffer capacity) (SocketLocalInfo (named name) info buffer capacity)))

(defun client-info (name info)
  (told (buffer capacity) (SocketClientInfo (named name) info buffer capacity)))

(defun ssl-info (name info)
  (told (buffer capacity) (SocketSSLInfo (named name) info buffer capacity)))

#+sbcl
;; At its end SBCL throws its threads out of their calls, which the library forbids; closing the sockets ends the calls.
(push (lambda () (SocketCloseAll)) sb-ext:*exit-hooks*)
