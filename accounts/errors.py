"""What can go wrong with an account, each with its stable code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.common.errors import DomainError


class EmailTaken(DomainError):
    code, status, message = "EMAIL_TAKEN", 409, _("An account with this email exists already.")


class UsernameTaken(DomainError):
    code, status, message = "USERNAME_TAKEN", 409, _("This username is taken.")


class RegistrationClosed(DomainError):
    code, status, message = "REGISTRATION_CLOSED", 403, _("Sign-up is closed.")


class InvalidCredentials(DomainError):
    code, status = "INVALID_CREDENTIALS", 401
    message = _("The name or the password is not right.")


class AccountLocked(DomainError):
    code, status = "ACCOUNT_LOCKED", 401
    message = _("Too many failed tries. Please wait, or use the link that was mailed.")


class AccountSuspended(DomainError):
    code, status = "ACCOUNT_SUSPENDED", 401
    message = _("This account is suspended. Please contact support.")


class AccountDeactivated(DomainError):
    code, status = "ACCOUNT_DEACTIVATED", 401
    message = _("This account is deactivated. It can be reactivated with its password.")


class AccountDeleted(DomainError):
    code, status = "ACCOUNT_DELETED", 401
    message = _("This account was deleted. It can be recovered until the deadline.")
    example_data = {"recoveryDeadline": "2026-12-23T10:00:00.000Z"}


class EmailNotVerified(DomainError):
    code, status = "EMAIL_NOT_VERIFIED", 401
    message = _("Please confirm your email address first.")


class TokenReused(DomainError):
    code, status = "TOKEN_REUSED", 401
    message = _("This token was used before. The session has been ended for safety.")


class LinkInvalid(DomainError):
    code, status = "TOKEN_INVALID", 400
    message = _("This link is not valid, or it was used before.")


class LinkExpired(DomainError):
    code, status, message = "TOKEN_EXPIRED", 400, _("This link has expired.")


class PasswordReused(DomainError):
    code, status = "PASSWORD_REUSED", 400
    message = _("This is one of your last five passwords. Please choose a new one.")


class TwoFactorRequired(DomainError):
    code, status = "TWO_FACTOR_REQUIRED", 401
    message = _("Please give a code of your second factor too.")


class InvalidCode(DomainError):
    code, status, message = "INVALID_CODE", 400, _("This code is not right.")


class InvalidChallengeCode(InvalidCode):
    """The same, while a login waits for it."""

    example_data = {"attemptsLeft": 4}


class TwoFactorEnabled(DomainError):
    code, status = "TWO_FACTOR_ENABLED", 400
    message = _("The second factor is on already.")


class TwoFactorNotEnabled(DomainError):
    code, status, message = "TWO_FACTOR_NOT_ENABLED", 400, _("The second factor is not on.")


class TwoFactorNotSetUp(DomainError):
    code, status = "TWO_FACTOR_NOT_SET_UP", 400
    message = _("Please set the second factor up first.")


class AlreadyActive(DomainError):
    code, status, message = "ALREADY_ACTIVE", 400, _("This account is active.")


class NothingToLift(AlreadyActive):
    """The same, told to staff of somebody else."""

    message = _("This account is neither suspended nor deactivated.")


class NotDeleted(DomainError):
    code, status, message = "NOT_DELETED", 400, _("This account is not deleted.")


class RecoveryExpired(DomainError):
    code, status = "RECOVERY_EXPIRED", 400
    message = _("The time in which this account could be recovered is over.")


class EmailMismatch(DomainError):
    code, status = "EMAIL_MISMATCH", 400
    message = _("This is not the email address of your account.")


class PersonMismatch(EmailMismatch):
    """The same, told to staff of somebody else."""

    message = _("This is not the email address of this account.")


class SelfTarget(DomainError):
    code, status = "SELF_TARGET", 400
    message = _("That cannot be done to oneself.")


class NotActive(DomainError):
    code, status = "NOT_ACTIVE", 400
    message = _("This account is not active: nobody could be signed in to it.")


class AddressFrozen(NotActive):
    """The same, in the way of another address."""

    message = _("This account is suspended or deleted: nobody could confirm another address.")


class NotImpersonating(DomainError):
    code, status = "NOT_IMPERSONATING", 400
    message = _("This session is your own: there is nothing to stop.")


class AlreadyVerified(DomainError):
    code, status, message = "ALREADY_VERIFIED", 400, _("This address is confirmed already.")


class AlreadySuspended(DomainError):
    code, status, message = "ALREADY_SUSPENDED", 400, _("This account is suspended already.")


class AlreadyDeleted(DomainError):
    code, status, message = "ALREADY_DELETED", 400, _("This account is deleted already.")
    example_data = {"recoveryDeadline": "2026-12-23T10:00:00.000Z"}


class NotInvited(DomainError):
    code, status = "NOT_INVITED", 400
    message = _("There is no open invitation of this account.")


class InvitationPending(DomainError):
    code, status = "INVITATION_PENDING", 400
    message = _("This person has not accepted the invitation yet. Send it anew instead.")


class NoTemporaryPassword(TwoFactorEnabled):
    """The same, in the way of a temporary password."""

    message = _("A second factor is on: send a reset link instead, or remove the factor first.")


class NoFile(DomainError):
    code, status, message = "NO_FILE", 400, _("Please send a file.")


class InvalidImage(DomainError):
    code, status = "INVALID_IMAGE", 400
    message = _("Please send a JPEG, PNG, WebP or GIF that does not move, up to 40 megapixels.")


class FileTooLarge(DomainError):
    code, status, message = "FILE_TOO_LARGE", 413, _("Please send a file of at most 2 MB.")


class StorageUnavailable(DomainError):
    code, status = "STORAGE_UNAVAILABLE", 503
    message = _("Files cannot be stored at the moment. Please try again later.")
