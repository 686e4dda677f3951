// The page a respondent sees: ODK Web Forms on one form, what is sent kept for the test.
import { OdkWebForm, POST_SUBMIT__NEW_INSTANCE, webFormsPlugin } from '@getodk/web-forms';
import { createApp, h } from 'vue';

const formXml = await (await fetch('form.xml')).text();

async function onSubmit(payload, done) {
  const file = payload.data[0].get('xml_submission_file');
  globalThis.sent = await file.text();
  done({ next: POST_SUBMIT__NEW_INSTANCE });
}

const page = {
  render: () => h(OdkWebForm, {
    formXml,
    fetchFormAttachment: () => { throw new Error('no attachments'); },
    missingResourceBehavior: 'ERROR',
    onSubmit,
  }),
};
createApp(page).use(webFormsPlugin).mount('#form');
