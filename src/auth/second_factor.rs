//! The second factor of an account: made, confirmed with a code, and asked for at every sign-in. What a code counts for, the
//! history says; here it is compared.

use super::{
    accounts::{AccountError, Accounts},
    callers::Caller,
    totp::TotpSecret,
    vault::{VaultError, field},
};
use crate::store::{CommandError, Committed, Context};
use chrono::{DateTime, Duration, Utc};
use purser_domain::{
    decisions::{CodeAnswer, CodeFor, GiveCode, One},
    ids::UserId,
    second_factor::{GivenCode, SecondFactor, SecondFactorCommand, SecondFactorError},
    user::User,
};

/// A secret to be given to an authenticator.
pub struct OfferedFactor {
    pub secret: TotpSecret,
    /// As authenticators read it from a picture.
    pub uri: String,
    pub committed: Committed,
}

/// A code that was right.
pub struct Proven {
    /// Until when it proves the session.
    pub until: DateTime<Utc>,
    pub committed: Committed,
}

impl Accounts {
    /// Makes a secret for somebody who proves himself with his password. Asked again before it is confirmed it is told again.
    ///
    /// # Errors
    /// The password is wrong, there is a second factor already, or the store's trouble.
    pub async fn offer_second_factor(
        &self,
        context: &Context,
        user_id: UserId,
        password: String,
    ) -> Result<OfferedFactor, AccountError> {
        let user = self.states.load::<User>(&user_id).await?;
        self.require_password(user_id, &user, password).await?;
        let mut bytes = [0; 20];
        getrandom::fill(&mut bytes).map_err(|_| VaultError::NoRandomness)?;
        let committed = self
            .offer(context, user_id, &TotpSecret::new(bytes))
            .await?;
        // Where the request was repeated, it is the secret of the first time that counts; once it does, it is shown no more.
        let factor = self.states.load::<SecondFactor>(&user_id).await?;
        if factor.since().is_some() {
            return Err(refused(SecondFactorError::InPlace));
        }
        let secret = self.secret_of(&factor).await?;
        let email = self.profile(user_id).await?.email;
        Ok(OfferedFactor {
            uri: secret.uri(&email),
            secret,
            committed,
        })
    }

    /// Gives a code while signed in.
    ///
    /// # Errors
    /// The code is wrong or was used, there were too many wrong ones, there is nothing to give it for, or the store's
    /// trouble.
    pub async fn give_code(
        &self,
        context: &Context,
        caller: &Caller,
        code: &str,
        purpose: CodeFor,
    ) -> Result<Proven, AccountError> {
        let give = GiveCode {
            user_id: caller.user_id,
            session_id: caller.session_id,
            code: self.given(caller.user_id, code).await?,
            purpose,
            at: self.clock.now(),
            until: self.proven_until(),
        };
        let committed = self.appender.execute(context.command(give)).await?;
        let answer: CodeAnswer = committed.answer()?;
        match answer.right {
            true => Ok(Proven {
                until: answer.until,
                committed,
            }),
            false => Err(AccountError::WrongCode),
        }
    }

    /// Gives an account a second factor whose secret is known already, for demonstrations.
    ///
    /// # Errors
    /// There is one already, or the store's trouble.
    pub async fn enrol(
        &self,
        context: &Context,
        user_id: UserId,
        secret: &TotpSecret,
    ) -> Result<(), AccountError> {
        self.offer(&context.step(&["offer"]), user_id, secret)
            .await?;
        let at = self.clock.now();
        // The code before this one, so that this one can still be given.
        let code = secret.code(at - Duration::seconds(TotpSecret::STEP_SECONDS));
        let code = self.given(user_id, &code).await?;
        let confirm = SecondFactorCommand::Confirm { code, at };
        self.on_factor(context, user_id, confirm).await?;
        Ok(())
    }

    /// What a code turns out to be, compared with the secret that there is.
    pub(super) async fn given(
        &self,
        user_id: UserId,
        code: &str,
    ) -> Result<GivenCode, AccountError> {
        let factor = self.states.load::<SecondFactor>(&user_id).await?;
        // Whether there is one at all, the decision says: a repeated request has its answer already.
        if factor.secret().is_none() {
            return Ok(GivenCode::Wrong);
        }
        let secret = self.secret_of(&factor).await?;
        let step = secret.verify(code, self.clock.now());
        Ok(step.map_or(GivenCode::Wrong, |step| GivenCode::Of { step }))
    }

    /// Until when a code of now proves a session.
    pub(super) fn proven_until(&self) -> DateTime<Utc> {
        self.clock.now() + Duration::hours(self.sessions.proof_hours.into())
    }

    async fn secret_of(&self, factor: &SecondFactor) -> Result<TotpSecret, AccountError> {
        let not_there = || refused(SecondFactorError::NotThere);
        let sealed = factor.secret().ok_or_else(not_there)?;
        let secret = self.vault.open(sealed, field::SECOND_FACTOR).await?;
        Ok(TotpSecret::parse(&secret).map_err(|_| VaultError::Forged)?)
    }

    async fn offer(
        &self,
        context: &Context,
        user_id: UserId,
        secret: &TotpSecret,
    ) -> Result<Committed, AccountError> {
        let (person, plain) = (user_id.uuid(), secret.base32());
        let secret = self.vault.seal(person, field::SECOND_FACTOR, &plain);
        let secret = secret.await?;
        self.on_factor(context, user_id, SecondFactorCommand::Offer { secret })
            .await
    }

    async fn on_factor(
        &self,
        context: &Context,
        id: UserId,
        command: SecondFactorCommand,
    ) -> Result<Committed, AccountError> {
        let change = One::<SecondFactor> { id, command };
        Ok(self.appender.execute(context.command(change)).await?)
    }
}

fn refused(error: SecondFactorError) -> AccountError {
    CommandError::Refused(error.into()).into()
}
