mod confirming;
mod hostile;
mod loading;
mod running;
